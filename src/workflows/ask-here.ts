import { scheduleLocalActivity } from '@temporalio/workflow';
import { Activities, type LocalAnswer, type LocalQuestion } from '../plan/contract.js';
import { LOCAL_QUESTION_TIMEOUT } from '../plan/limits.js';
import type { Outcome } from '../walk/host.js';
import { succeeded } from '../walk/outcome.js';

/**
 * Asks on the worker that has the run's task, which saves a round trip. A workflow task that runs a local activity does
 * nothing else, so it has a second.
 *
 * @throws what Temporal says of a local activity that failed: the worker lacks what is asked, or it took too long.
 */
export async function askHere(question: LocalQuestion): Promise<Outcome> {
  const answer = await scheduleLocalActivity<LocalAnswer>(Activities.ask, [question], {
    startToCloseTimeout: LOCAL_QUESTION_TIMEOUT,
    retry: { maximumAttempts: 1 },
    // It is by its summary that a reader finds the answer.
    summary: question.call,
  });
  return 'failed' in answer ? { kind: 'failed', error: answer.failed } : succeeded(answer.result);
}
