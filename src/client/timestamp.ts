import { optionalTsToDate } from '@temporalio/common/lib/time.js';

/** A time as the server gives it. */
export type Timestamp = Parameters<typeof optionalTsToDate>[0];

export function dateOf(timestamp: Timestamp): Date | null {
  return optionalTsToDate(timestamp) ?? null;
}
