import { ApplicationFailure, CancelledFailure } from '@temporalio/workflow';
import {
  CONTENT_TOO_LARGE,
  type RunEnd,
  type RunErrorData,
  type RunSettings,
} from '../plan/contract.js';
import { jsonBytes, type Json, type JsonObject } from '../plan/json.js';
import { MAX_HISTORY_EVENTS, MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import type { WalkEnd } from '../walk/walk.js';
import type { TemporalHost } from './host.js';
import type { Timer } from './run-timer.js';

/** What the run comes to; `null` where it was ended before it began to walk. */
export function endOf(
  walked: WalkEnd | null,
  { timeout }: RunSettings,
  timer: Timer | null,
  host?: TemporalHost,
): RunEnd {
  if (host?.isFull === true) return failedWith(historyFull());
  if (walked?.kind === 'completed')
    return { status: 'completed', content: walked.content, error: null };
  if (walked?.kind === 'failed') return failedWith(walked.error);
  if (timer?.fired() !== true) return { status: 'cancelled', content: null, error: null };
  const message = `The run took longer than its timeout of ${String(timeout)} ms.`;
  return failedWith({ message, code: 'RUN_TIMEOUT', step: null, type: null, attempts: null });
}

export function refused(message: string): RunEnd {
  return failedWith({ message, code: 'INPUT_INVALID', step: null, type: null, attempts: null });
}

export function failedWith(error: RunErrorData): RunEnd {
  return { status: 'failed', content: null, error };
}

/** What Temporal is told of it. */
export function conclude({ status, content, error }: RunEnd): Json {
  if (error !== null) throw failure(error);
  if (status === 'cancelled') throw new CancelledFailure('The run was cancelled.');
  return stored(content);
}

/**
 * What Temporal keeps as the workflow's result. A content that is too large for it can still be read through
 * `getRun`, which has it from the calls that gave its parts; other readers of the result find a note instead.
 */
function stored(content: Json): Json {
  const bytes = jsonBytes(content);
  if (bytes <= MAX_PAYLOAD_BYTES) return content;
  return tooLarge(bytes);
}

/** Stands in place of a content of so many bytes. */
export function tooLarge(bytes: number): JsonObject {
  return { [CONTENT_TOO_LARGE]: { bytes, limit: MAX_PAYLOAD_BYTES } };
}

/** Why a run has failed, as Temporal keeps it. */
export function failure(error: RunErrorData): ApplicationFailure {
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: true,
    details: [{ step: error.step, type: error.type, attempts: error.attempts }],
  });
}

function historyFull(): RunErrorData {
  const message = `The run's history has grown beyond ${String(MAX_HISTORY_EVENTS)} events, which is as far as one run goes. Divide its work among several.`;
  return { message, code: 'HISTORY_FULL', step: null, type: null, attempts: null };
}
