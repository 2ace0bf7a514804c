import type { RunErrorCode } from '../plan/codes.js';
import { CONTENT_TOO_LARGE, type CallResult, type RunErrorData } from '../plan/contract.js';
import { isJsonObject, type Json } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES } from '../plan/limits.js';
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

/** The outcome of a nested run that came through: a content too large for a workflow's result can't be a step's either. */
export function nestedResult(name: string, run: string, content: Json): Outcome {
  const note = isJsonObject(content) ? content[CONTENT_TOO_LARGE] : undefined;
  if (isJsonObject(note))
    return withRun(run, nestedTooLarge(name, 'its content', Number(note['bytes'])));
  return succeeded({ ...(content !== null && { content }), run });
}

export function nestedTooLarge(name: string, what: string, bytes: number): Outcome {
  const message = `${name}: ${what} takes ${String(bytes)} bytes, more than the ${String(MAX_PAYLOAD_BYTES)} that Temporal stores.`;
  return {
    kind: 'failed',
    error: { message, code: 'OUTPUT_TOO_LARGE', type: null, attempts: null },
  };
}

/** The outcome of a nested run that didn't. One that somebody ended by itself fails its step. */
export function nestedFailed(name: string, failure: FailureLike, ending: boolean): Outcome {
  if (failure.name === 'ApplicationFailure') return failed(failure, ending);
  if (ending) return { kind: 'cancelled' };
  const words = ENDINGS[failure.name] ?? failure.message;
  const message = `${name}: its run ${words}.`;
  return {
    kind: 'failed',
    error: { message, code: 'RUN_ENDED_OUTSIDE', type: null, attempts: null },
  };
}

/** An outcome of a nested run that tells which run it was. */
export function withRun(run: string, outcome: Outcome): Outcome {
  return outcome.kind === 'failed' ? { ...outcome, run } : outcome;
}

const ENDINGS: Readonly<Record<string, string>> = {
  CancelledFailure: 'was cancelled',
  TerminatedFailure: 'was terminated',
  TimeoutFailure: 'took longer than the execution timeout that it was given outside outlast',
};
