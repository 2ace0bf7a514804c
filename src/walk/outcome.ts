import type { RunErrorCode } from '../plan/codes.js';
import type { CallResult, RunErrorData } from '../plan/contract.js';
import type { Outcome } from './host.js';

/** What Temporal says of a failed activity, in a workflow and in a history alike: the fields of its failure classes. */
export interface FailureLike {
  readonly name: string;
  readonly message: string;
  readonly type?: string | null | undefined;
  readonly details?: readonly unknown[] | null | undefined;
  readonly timeoutType?: string | undefined;
}

export function succeeded(result: CallResult): Outcome {
  return { kind: 'result', result };
}

/** The outcome of an activity that failed for good. `ending`: the run was being ended, so a silent worker isn't asked again. */
export function failed(failure: FailureLike, ending: boolean): Outcome {
  if (failure.name === 'CancelledFailure') return { kind: 'cancelled' };
  if (failure.name === 'TimeoutFailure') {
    return ending
      ? { kind: 'cancelled' }
      : {
          kind: 'failed',
          error: { message: failure.message, code: 'STEP_TIMEOUT', type: null, attempts: null },
        };
  }
  if (ending && failure.type === ('WORKER_SHUTDOWN' satisfies RunErrorCode))
    return { kind: 'cancelled' };
  const facts = failure.details?.[0] as Partial<RunErrorData> | undefined;
  return {
    kind: 'failed',
    error: {
      message: failure.message,
      code: (failure.type ?? 'INTERNAL') as RunErrorCode,
      type: facts?.type ?? null,
      attempts: facts?.attempts ?? null,
    },
  };
}
