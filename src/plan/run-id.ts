import { MAX_RUN_ID_LENGTH } from './limits.js';

/** What a run id has to be, as a message says it. */
export const RUN_ID_FORM: string = `be 1 to ${String(MAX_RUN_ID_LENGTH)} characters without control characters`;

export function isRunId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_RUN_ID_LENGTH &&
    !/[\u0000-\u001f\u007f-\u009f]|\p{Surrogate}/u.test(value)
  );
}
