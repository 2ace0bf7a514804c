import { jsonBytes, put, textOf, utf8Bytes, type Json, type JsonObject } from './json.js';
import {
  MAX_RECORD_VALUE_BYTES,
  MAX_SESSION_RUNS,
  MAX_SESSION_RUNS_BYTES,
  MAX_SESSION_STATE_BYTES,
} from './limits.js';
import { plus, type Metrics } from './metrics.js';
import type { PastRun } from './past-run.js';
import { apply, givingWay, type StatePatch } from './state-patch.js';

/**
 * What a session holds follows from what it was started with and from what was sent to it, in order. The session's
 * workflow folds that to begin anew with less history, readers fold the same from its history. Recorded in histories.
 */
export interface SessionContents {
  readonly name: string | null;
  /** `null` until something is stored: a run that finds it so begins with its workflow's own. */
  readonly state: JsonObject | null;
  /** Those that are remembered, in the order in which they ended. */
  readonly runs: readonly StoredRun[];
  /** What the agents of all runs took, also of those that aren't remembered any more; left out for nothing. */
  readonly metrics?: Metrics;
  /** Executions of runs that aren't remembered any more, by which one that is stored once more is known. */
  readonly forgotten: readonly string[];
  /** ISO times. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What a session remembers of a run. */
export interface StoredRun {
  readonly runId: string;
  /** The Temporal run id of the execution that stored it: what is stored twice counts once. */
  readonly execution: string;
  readonly workflowName: string;
  readonly input: Json;
  readonly content: Json;
  readonly status: 'completed' | 'failed' | 'cancelled';
  /** ISO times. */
  readonly createdAt: string;
  readonly finishedAt: string;
  /** Input or content was too large, and stands as the beginning of its text. */
  readonly isCut?: true;
  /** What it changed of the state was dropped: the state would have been too large. */
  readonly isStateDropped?: true;
}

/** What is sent to a session. `at` is an ISO time. */
export type SessionSignal =
  | {
      readonly kind: 'store';
      readonly at: string;
      readonly run: StoredRun;
      /** The state that the session begins with, where the run found none. */
      readonly initial?: JsonObject;
      /** What the run changed of the state that it found; left out where it changed nothing. */
      readonly patch?: StatePatch;
      /** What the patch deletes, as the run found it; left out where it deletes nothing. */
      readonly deleted?: JsonObject;
      /** What the run's agents took; left out for nothing. */
      readonly metrics?: Metrics;
      /** The turn that ends with it; left out where the session's runs may overlap. */
      readonly turn?: string;
    }
  | {
      readonly kind: 'update';
      readonly at: string;
      readonly state: JsonObject;
      /** The state becomes this; left out where each key of it is set. */
      readonly replace?: true;
    }
  | { readonly kind: 'rename'; readonly at: string; readonly name: string }
  | ({ readonly kind: 'enqueue' } & Turn);

/** A run that waits for its turn, or has it. */
export interface Turn {
  /** The first Temporal run id of the run's chain. */
  readonly turn: string;
  readonly runId: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** What a session's workflow is started with, by a client or by itself. */
export interface SessionStart {
  readonly contents: SessionContents;
  /** Left out where nobody waits. */
  readonly queue?: SessionQueue;
}

export interface SessionQueue {
  readonly holder: Turn | null;
  readonly waiting: readonly Turn[];
}

/** A session that holds nothing. */
export function emptySession(at: string): SessionContents {
  return { name: null, state: null, runs: [], forgotten: [], createdAt: at, updatedAt: at };
}

/** The contents after a signal. One that isn't of ours (anybody may send one) changes nothing. */
export function fold(contents: SessionContents, signal: SessionSignal): SessionContents {
  try {
    return folded(contents, signal);
  } catch {
    return contents;
  }
}

function folded(contents: SessionContents, signal: SessionSignal): SessionContents {
  switch (signal.kind) {
    case 'store':
      return stored(contents, signal);
    case 'update': {
      const state = updated(contents, signal);
      return fits(state) ? { ...contents, state, updatedAt: signal.at } : contents;
    }
    case 'rename':
      return { ...contents, name: signal.name, updatedAt: signal.at };
    default:
      return contents;
  }
}

/** The state after an update. */
export function updated(
  { state }: Pick<SessionContents, 'state'>,
  { state: given, replace }: Pick<Extract<SessionSignal, { kind: 'update' }>, 'state' | 'replace'>,
): JsonObject {
  if (replace === true) return given;
  const next: JsonObject = { ...state };
  for (const [key, value] of Object.entries(given)) put(next, key, value);
  return next;
}

/** Whether a session can hold a state. */
export function fits(state: JsonObject): boolean {
  return jsonBytes(state) <= MAX_SESSION_STATE_BYTES;
}

function stored(
  contents: SessionContents,
  { at, run, initial, patch, deleted, metrics }: Extract<SessionSignal, { kind: 'store' }>,
): SessionContents {
  const { execution } = run;
  const isKnown = contents.runs.some((other) => other.execution === execution);
  if (isKnown || contents.forgotten.includes(execution)) return contents;
  const base = contents.state ?? initial ?? null;
  const state = patch === undefined ? base : changed(base ?? {}, patch, deleted);
  const isDropped = state !== null && state !== contents.state && !fits(state);
  const record: StoredRun = isDropped ? { ...run, isStateDropped: true } : run;
  return {
    ...contents,
    state: isDropped ? contents.state : state,
    ...remembered(contents, record),
    ...taken(contents, metrics),
    updatedAt: at,
  };
}

/**
 * The state after a run's changes. Other runs may have changed it since this one found it: different keys and appended
 * items are all kept, a deletion gives way, otherwise this run wins, because it ended later.
 */
function changed(
  state: JsonObject,
  patch: StatePatch,
  deleted: JsonObject | undefined,
): JsonObject {
  return apply(state, deleted === undefined ? patch : givingWay(patch, deleted, state));
}

function taken(
  { metrics: before }: SessionContents,
  metrics: Metrics | undefined,
): Pick<SessionContents, 'metrics'> {
  if (metrics === undefined) return {};
  return { metrics: before === undefined ? metrics : plus(before, metrics) };
}

/** A run that was started anew under its id, or reset, takes the place of what was known of it. */
function remembered(
  { runs, forgotten }: SessionContents,
  record: StoredRun,
): Pick<SessionContents, 'runs' | 'forgotten'> {
  const all = [...runs, record];
  let bytes = all.reduce((sum, run) => sum + sizeOf(run), 0);
  const dropped = all.filter((run) => {
    const isReplaced = run !== record && run.runId === record.runId;
    if (isReplaced) bytes -= sizeOf(run);
    return isReplaced;
  });
  let kept = all.filter((run) => !dropped.includes(run));
  while (kept.length > MAX_SESSION_RUNS || bytes > MAX_SESSION_RUNS_BYTES) {
    const [oldest, ...rest] = kept;
    if (oldest === undefined || rest.length === 0) break;
    bytes -= sizeOf(oldest);
    dropped.push(oldest);
    kept = rest;
  }
  const executions = dropped.map(({ execution }) => execution);
  return { runs: kept, forgotten: [...forgotten, ...executions].slice(-MAX_SESSION_RUNS) };
}

/** Records are never changed, and are measured with each further one. */
const sizes = new WeakMap<StoredRun, number>();

function sizeOf(run: StoredRun): number {
  const size = sizes.get(run) ?? jsonBytes(run);
  sizes.set(run, size);
  return size;
}

/** A run's values as a session keeps them: what is too large is cut, and stands as text. */
export function recorded(
  input: Json,
  content: Json,
): Pick<StoredRun, 'input' | 'content' | 'isCut'> {
  const [in_, out] = [cut(input), cut(content)];
  return {
    input: in_.value,
    content: out.value,
    ...((in_.isCut || out.isCut) && { isCut: true }),
  };
}

function cut(value: Json): { readonly value: Json; readonly isCut: boolean } {
  if (jsonBytes(value) <= MAX_RECORD_VALUE_BYTES) return { value, isCut: false };
  let text = textOf(value).slice(0, MAX_RECORD_VALUE_BYTES);
  for (let bytes = utf8Bytes(text); bytes > MAX_RECORD_VALUE_BYTES; bytes = utf8Bytes(text))
    text = text.slice(0, Math.floor((text.length * MAX_RECORD_VALUE_BYTES) / bytes));
  // Half a character, which a cut may leave behind, is no UTF-8.
  return { value: `${text.replace(/\p{Surrogate}/gu, '\ufffd')}…`, isCut: true };
}

/** What steps may ask of a session's runs: those that completed, oldest first, the last so many. */
export function pastRuns({ runs }: SessionContents, last: number): PastRun[] {
  if (last <= 0) return [];
  const completed = runs.filter(({ status }) => status === 'completed');
  return completed
    .slice(-last)
    .map(({ input, content }): PastRun => [textOf(input), textOf(content)]);
}

/** Ids of sessions' workflows begin so. */
const SESSION_ID_PREFIX = 'outlast-session/';

/** Bytes of a Workflow ID: Temporal takes 1,000. */
const MAX_ID_BYTES = 1_000;

/** What a message says of a session id that can't be one. */
export const SESSION_ID_FORM = 'be a string that is not empty, and not longer than some 900 bytes';

/** The Workflow ID of a session; `null` where its own id is too long for one. What an id can't carry is encoded. */
export function sessionWorkflowId(sessionId: string): string | null {
  const id = SESSION_ID_PREFIX + sessionId.replace(/[%\p{Cc}\p{Surrogate}]/gu, encoded);
  return utf8Bytes(id) <= MAX_ID_BYTES ? id : null;
}

function encoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
