import type { CallResult, RunEnd, StepCall } from '../plan/contract.js';
import type { FinishEntry, StepEntry } from '../plan/executor.js';
import { StepInput } from '../plan/step-input.js';
import { StepOutput } from '../plan/step-output.js';
import { toJson } from '../plan/to-json.js';
import { contextOf, type Attempt } from './call-context.js';
import { changeOf, resultFrom, storable } from './call-result.js';
import type { Given } from './resolve.js';
import { inOrder, mediaSeen } from './run-memory.js';

/**
 * Calls a step's executor and makes its answer what history records.
 *
 * @throws what the executor throws, OutputInvalidError, NotJsonError, TooLargeError.
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
  const context = contextOf(entry, call, given, sessionState, attempt);
  const returned = await settled(entry.executor(inputOf(given), context), attempt.signal);
  return storable({ ...(await resultFrom(returned, entry)), ...changeOf(before, sessionState) });
}

/**
 * Calls what is to be called when a run is over. What it returns and what it changes is dropped.
 *
 * @throws what the executor throws.
 */
export async function runFinish(
  entry: FinishEntry,
  call: StepCall,
  given: Given,
  attempt: Attempt,
): Promise<CallResult> {
  const { status, error } = call.end ?? { status: 'completed', error: null };
  const content = status === 'completed' ? structuredClone(given.seen.flow) : null;
  const end: RunEnd = { status, content, error };
  const context = contextOf(entry, call, given, structuredClone(given.seen.state), attempt);
  await settled(entry.executor(Object.assign(inputOf(given), end), context), attempt.signal);
  return {};
}

/** What user code sees of a call. */
export function inputOf({ input, additionalData, media, history, seen }: Given): StepInput<never> {
  return new StepInput<never>({
    input: structuredClone(input),
    previousStepContent: structuredClone(seen.flow),
    additionalData: structuredClone(additionalData),
    media: mediaSeen(structuredClone(media), seen.outputs),
    outputs: inOrder(seen.outputs),
    history,
  });
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
