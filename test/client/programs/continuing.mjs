/** A workflow of Temporal's own kind, which continues as new so many times. */
import { continueAsNew } from '@temporalio/workflow';

export async function continuing(times) {
  if (times > 0) await continueAsNew(times - 1);
  return 'done';
}
