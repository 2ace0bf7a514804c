import type { Client, Connection } from '@temporalio/client';

type Response = Awaited<ReturnType<Connection['workflowService']['getWorkflowExecutionHistory']>>;
export type Event = NonNullable<NonNullable<Response['history']>['events']>[number];

export interface HistorySize {
  readonly events: number;
  /** As the server counts them. */
  readonly bytes: number;
  /** Events and their encoded bytes by kind: `activityTaskScheduled` … */
  readonly kinds: Readonly<Record<string, KindSize>>;
}

export interface KindSize {
  readonly events: number;
  readonly bytes: number;
}

/** What a closed run's history holds. */
export async function historySize(temporal: Client, id: string): Promise<HistorySize> {
  const handle = temporal.workflow.getHandle(id);
  const { raw } = await handle.describe();
  const { historyLength, historySizeBytes } = raw.workflowExecutionInfo ?? {};
  const kinds: Record<string, KindSize> = {};
  for (const event of (await handle.fetchHistory()).events ?? []) {
    const kind = kindOf(event);
    const { events, bytes } = kinds[kind] ?? { events: 0, bytes: 0 };
    kinds[kind] = { events: events + 1, bytes: bytes + encodedBytes(event) };
  }
  return { events: Number(historyLength), bytes: Number(historySizeBytes), kinds };
}

/** The events of a closed run, of all executions that continue each other. */
export async function wholeHistory(temporal: Client, id: string): Promise<readonly Event[]> {
  const events: Event[] = [];
  let execution: string | undefined;
  do {
    const history = (await temporal.workflow.getHandle(id, execution).fetchHistory()).events ?? [];
    events.unshift(...history);
    const started = history[0]?.workflowExecutionStartedEventAttributes;
    execution = started?.continuedExecutionRunId || undefined;
  } while (execution !== undefined);
  return events;
}

/** What a run of outlast was answered when it asked for its plan. */
export async function recordedPlan(temporal: Client, id: string): Promise<unknown> {
  const { events } = await temporal.workflow.getHandle(id).fetchHistory();
  const marker = events?.find((event) => event.markerRecordedEventAttributes);
  const answer = marker?.markerRecordedEventAttributes?.details?.['result']?.payloads?.[0]?.data;
  if (!answer) throw new Error(`The run ${id} holds no plan.`);
  return JSON.parse(Buffer.from(answer).toString()) as unknown;
}

function kindOf(event: Event): string {
  const [attributes = 'unknown'] = Object.entries(event)
    .filter(([key, value]) => key.endsWith('EventAttributes') && value)
    .map(([key]) => key);
  return attributes.replace(/EventAttributes$/, '');
}

/** An event that came from the server is of protobuf's class for it, which can encode it again. */
export function encodedBytes(event: Event): number {
  const type = event.constructor as unknown as MessageType;
  return type.encode(event).finish().length;
}

interface MessageType {
  encode(event: Event): { finish(): Uint8Array };
}
