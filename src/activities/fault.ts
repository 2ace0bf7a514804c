import { ApplicationFailure } from '@temporalio/activity';
import type { RunErrorCode } from '../plan/codes.js';
import type { RunErrorData } from '../plan/contract.js';
import type { NonRetryableError } from '../plan/errors.js';
import { ModelError } from '../plan/model-error.js';
import { NotJsonError } from '../plan/to-json.js';
import { OutputInvalidError, TooLargeError } from './call-result.js';
import { ExpiredError } from './resolve.js';
import { ToolArgumentsError } from './run-tool.js';

/** Ends an attempt that took longer than the step's timeout. It is also the reason of the executor's signal then. */
export class StepTimeoutError extends Error {
  override readonly name = 'TimeoutError';

  constructor(timeout: number) {
    super(`took longer than its timeout of ${String(timeout)} ms`);
  }
}

/** What user code's failure is called, and whether a further attempt may help. */
export interface Fault extends Pick<RunErrorData, 'message' | 'code' | 'type'> {
  readonly retry: boolean;
}

/** What was thrown, in the words that history keeps. */
export function faultOf(name: string, error: unknown): Fault {
  const { code, retry } = verdict(error);
  return { message: messageOf(name, error, code), code, type: typeOf(error), retry };
}

function verdict(error: unknown): { code: RunErrorCode; retry: boolean } {
  if (error instanceof StepTimeoutError) return { code: 'STEP_TIMEOUT', retry: true };
  if (ModelError.is(error)) return { code: error.code, retry: error.retry };
  if (error instanceof ToolArgumentsError) return { code: 'TOOL_ARGUMENTS_INVALID', retry: false };
  // The same executor may answer otherwise: there may be a model behind it.
  if (error instanceof OutputInvalidError) return { code: 'OUTPUT_INVALID', retry: true };
  if (error instanceof NotJsonError) return { code: 'OUTPUT_NOT_JSON', retry: false };
  if (error instanceof TooLargeError) return { code: 'OUTPUT_TOO_LARGE', retry: false };
  if (error instanceof ExpiredError) return { code: 'OUTPUT_EXPIRED', retry: false };
  return { code: 'STEP_FAILED', retry: !isNonRetryable(error) };
}

/** By its code too: the error may be of another copy of this package. */
function isNonRetryable(error: unknown): boolean {
  if (error instanceof ApplicationFailure) return error.nonRetryable === true;
  return (
    (error as { code?: unknown } | null)?.code ===
    ('NON_RETRYABLE' satisfies NonRetryableError['code'])
  );
}

const MAX_MESSAGE = 4_000;

/** What an executor threw is told in its own words; a fault that we found, with the step's name. */
function messageOf(name: string, error: unknown, code: RunErrorCode): string {
  const own = error instanceof Error ? textOf(error.message) || error.name : textOf(error);
  return short(code === 'STEP_FAILED' ? own : `${name}: ${own}`);
}

function typeOf(error: unknown): string | null {
  return error instanceof Error ? short(textOf(error.name)) : null;
}

/** Anything may be thrown. */
function textOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    const isPlain = typeof thrown === 'object' && thrown !== null && !(thrown instanceof Error);
    const json = isPlain ? (JSON.stringify(thrown) as string | undefined) : undefined;
    return json ?? String(thrown);
  } catch {
    return 'something that has no text';
  }
}

const MAX_CAUSES = 3;

/** An error, and what caused it, as Temporal can store it: for the Web UI and the log, where stacks are read. */
export function sendable(error: Error, depth = 1): Error {
  const { cause } = error;
  const copy = new Error(short(textOf(error.message)), {
    ...(cause instanceof Error && depth < MAX_CAUSES && { cause: sendable(cause, depth + 1) }),
  });
  copy.name = short(textOf(error.name));
  copy.stack = short(textOf(error.stack ?? ''));
  return copy;
}

/** Half a surrogate pair, which a cut leaves behind too, is no UTF-8: a failure that holds one can't be sent. */
function short(text: string): string {
  const cut = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
  return cut.replace(/\p{Surrogate}/gu, '\ufffd');
}
