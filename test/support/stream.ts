import type { AgentRunContentEvent, RunEvent } from '../../src/index.js';

/** All that a stream gives from here on, but for what models write, of which each reader has its own. */
export async function read(stream: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of stream) if (!isContent(event)) events.push(event);
  return events;
}

/** What a model writes, while it does. */
export function isContent(event: RunEvent): event is AgentRunContentEvent {
  return event.event === 'RunContent' || event.event === 'TeamRunContent';
}

/** Events as short lines: what happened, and where. */
export function lines(events: readonly RunEvent[]): string[] {
  return events.map((event) =>
    [event.event, ...('stepPath' in event ? [event.stepPath] : [])].join(' '),
  );
}
