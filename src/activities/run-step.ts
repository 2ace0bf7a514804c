import { createHash } from 'node:crypto';
import type { Info } from '@temporalio/activity';
import type { CallResult, StepCall } from '../plan/contract.js';
import type { StepContext, StepEntry, StepLog } from '../plan/executor.js';
import { jsonBytes, type Json, type JsonObject } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import { MEDIA_KINDS, mediaOf, type MediaKind } from '../plan/output.js';
import { diff } from '../plan/state-patch.js';
import { StepInput } from '../plan/step-input.js';
import { StepOutput } from '../plan/step-output.js';
import { toJson } from '../plan/to-json.js';
import type { Given } from './resolve.js';
import type { OutputList } from './run-memory.js';

/** A result is larger than Temporal stores. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/** What an attempt has at hand beside its values. */
export interface Attempt {
  readonly info: Info;
  readonly signal: AbortSignal;
  readonly log: StepLog;
  readonly heartbeat: () => void;
}

/**
 * Calls a step's executor and makes its answer what history records.
 *
 * @throws what the executor throws, NotJsonError, TooLargeError.
 */
export async function runExecutor(
  entry: StepEntry,
  call: StepCall,
  given: Given,
  attempt: Attempt,
): Promise<CallResult> {
  const before = given.seen.state;
  // The executor's own: what it changes of its values is not to reach other calls of this process.
  const sessionState = structuredClone(before);
  const outputs = inOrder(given.seen.outputs);
  const input = new StepInput<never>({
    input: structuredClone(given.input),
    previousStepContent: structuredClone(given.seen.flow),
    additionalData: structuredClone(given.additionalData),
    media: mediaOf(outputs),
    outputs,
  });
  const returned = await settled(
    entry.executor(input, contextOf(entry, call, sessionState, attempt)),
    attempt.signal,
  );
  const after = toJson(sessionState, 'sessionState') as JsonObject;
  const result = resultFrom(returned, diff(before, after) ?? undefined);
  const bytes = jsonBytes(result);
  if (bytes > MAX_PAYLOAD_BYTES) throw new TooLargeError(tooLarge(bytes));
  return result;
}

function inOrder(list: OutputList | null): OutputList['last'][] {
  const outputs: OutputList['last'][] = [];
  for (let at = list; at !== null; at = at.before) outputs.push(at.last);
  return outputs.reverse();
}

function contextOf(
  entry: StepEntry,
  call: StepCall,
  sessionState: JsonObject,
  attempt: Attempt,
): StepContext {
  const { info, signal, log, heartbeat } = attempt;
  return {
    runId: info.workflowExecution?.workflowId ?? '',
    workflowId: entry.workflowId,
    workflowName: info.workflowType ?? '',
    stepName: entry.name,
    sessionId: call.sessionId ?? null,
    userId: call.userId ?? null,
    attempt: info.attempt,
    idempotencyKey: createHash('sha256')
      .update(`${call.firstRun ?? info.workflowExecution?.runId ?? ''}\n${info.activityId}`)
      .digest('base64url'),
    signal,
    sessionState,
    log,
    heartbeat,
  };
}

/** What an executor's answer comes to: its promise awaited, its generator run to the end. */
async function settled(answer: unknown, signal: AbortSignal): Promise<unknown> {
  const value = await answer;
  if (!isGenerator(value)) return value;
  let text: string | null = null;
  let ended = false;
  try {
    for (;;) {
      const next: IteratorResult<unknown, unknown> = await value.next();
      ended = next.done === true;
      if (StepOutput.is(next.value)) return next.value;
      if (ended) return next.value ?? text;
      text = (text ?? '') + textOf(next.value);
      // Nobody waits for the rest any more.
      signal.throwIfAborted();
    }
  } finally {
    if (!ended) await value.return(undefined);
  }
}

function textOf(item: unknown): string {
  return typeof item === 'string' ? item : JSON.stringify(toJson(item, 'a yielded value'));
}

type AnyGenerator = Generator<unknown, unknown> | AsyncGenerator<unknown, unknown>;

function isGenerator(value: unknown): value is AnyGenerator {
  return (
    typeof value === 'object' &&
    value !== null &&
    (Symbol.asyncIterator in value || Symbol.iterator in value) &&
    typeof (value as Partial<AnyGenerator>).next === 'function' &&
    typeof (value as Partial<AnyGenerator>).return === 'function'
  );
}

function resultFrom(returned: unknown, state: CallResult['state']): CallResult {
  const change = state !== undefined && { state };
  if (!StepOutput.is(returned)) {
    const content = toContent(returned);
    return { ...(content !== null && { content }), ...change };
  }
  const content = toContent(returned.content);
  const media = MEDIA_KINDS.filter((kind) => returned[kind].length > 0).map((kind) => [
    kind,
    toJson(returned[kind], kind),
  ]);
  return {
    ...(content !== null && { content }),
    ...(!returned.success && { success: false }),
    ...(returned.stop && { stop: true }),
    ...(returned.error !== null && { error: returned.error }),
    ...(Object.fromEntries(media) as Pick<CallResult, MediaKind>),
    ...change,
  };
}

function toContent(value: unknown): Json {
  return value === undefined ? null : toJson(value, 'content');
}

function tooLarge(bytes: number): string {
  return (
    `the result takes ${String(bytes)} bytes as JSON, more than the ${String(MAX_PAYLOAD_BYTES)} that Temporal stores. ` +
    `Put it where the next step can fetch it, and return its address`
  );
}
