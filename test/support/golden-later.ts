import * as outlast from '../../src/index.js';
import type {
  AnyWorkflow,
  FinishedRun,
  Json,
  JsonObject,
  Node,
  Outlast,
  RunOptions,
  StepInput,
} from '../../src/index.js';
import type { HostEvent } from './golden-events.js';

/** Containers that come later, by their names. */
export type LaterNode = 'Condition' | 'Loop' | 'Router' | 'ForEach';

/** One of those containers. @throws as long as there is none */
export function construct(type: LaterNode, options: object): Node<Json> {
  const made = (outlast as Readonly<Record<string, unknown>>)[type];
  if (made === undefined) throw new Error(`${type} is not there yet.`);
  return new (made as new (options: object) => Node<Json>)(options);
}

/** What accessors of a session's history will be named. */
interface WithHistory {
  getWorkflowHistory?(n?: number): [input: string, output: string][];
  getWorkflowHistoryContext?(n?: number): string | null;
}

export function historyOf(input: StepInput, n: number | undefined): Json {
  return (input as WithHistory).getWorkflowHistory?.(n) ?? [];
}

export function historyTextOf(input: StepInput, n: number | undefined): string | null {
  return (input as WithHistory).getWorkflowHistoryContext?.(n) ?? null;
}

/** A run's events, and its end. */
export interface LaterStream extends AsyncIterable<Pick<HostEvent, 'event'>> {
  readonly runId: Promise<string>;
  result(): Promise<FinishedRun>;
}

/** Starts a run whose events are read; `null` as long as there are none. */
export function streamed(
  client: Outlast,
  workflow: AnyWorkflow,
  input: Json | undefined,
  options: RunOptions,
): LaterStream | null {
  if (!('streamRun' in client)) return null;
  const later = client as unknown as { run(...given: readonly unknown[]): LaterStream };
  return later.run(workflow, input, { ...options, stream: true });
}

/** A session's state; `null` as long as nobody can tell. */
export async function storedState(client: Outlast, sessionId: string): Promise<JsonObject | null> {
  const later = client as { getSession?(id: string): Promise<{ state: JsonObject } | null> };
  return (await later.getSession?.(sessionId))?.state ?? null;
}
