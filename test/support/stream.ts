import type { RunEvent } from '../../src/index.js';

/** All that a stream gives from here on. */
export async function read(stream: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** Events as short lines: what happened, and where. */
export function lines(events: readonly RunEvent[]): string[] {
  return events.map((event) =>
    [event.event, ...('stepPath' in event ? [event.stepPath] : [])].join(' '),
  );
}
