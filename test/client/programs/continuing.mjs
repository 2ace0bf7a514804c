/** A workflow of Temporal's own kind. */
import { continueAsNew } from '@temporalio/workflow';

/**
 * Continues as new so many times.
 *
 * @param {number} times
 * @returns {Promise<string>}
 */
export async function continuing(times) {
  if (times > 0) await continueAsNew(times - 1);
  return 'done';
}
