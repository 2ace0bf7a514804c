import type { CallResult, StepCall } from '../plan/contract.js';
import type { QuestionContext, QuestionEntry } from '../plan/executor.js';
import { contextOf, frozen, type Attempt } from './call-context.js';
import { contentOf, storable } from './call-result.js';
import type { Given } from './resolve.js';
import { inOrder } from './run-memory.js';
import { inputOf } from './run-step.js';

/**
 * Asks what a node goes by. It may look at the session state and not change it.
 *
 * @throws what the function throws, NotJsonError, TooLargeError.
 */
export async function runQuestion(
  entry: QuestionEntry,
  call: StepCall,
  given: Given,
  attempt: Attempt,
): Promise<CallResult> {
  const context: QuestionContext = contextOf(entry, call, given, frozen(given.seen.state), attempt);
  const iteration = call.iteration ?? 0;
  const outputs = iteration === 0 ? [] : inOrder(given.seen.outputs).slice(-iteration);
  const answer = await entry.ask(inputOf(given), structuredClone(outputs), context);
  return storable(contentOf(answer));
}
