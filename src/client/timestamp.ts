import type { optionalTsToDate } from '@temporalio/common/lib/time.js';

/** A time as the server gives it. */
export type Timestamp = Parameters<typeof optionalTsToDate>[0];

export function dateOf(timestamp: Timestamp): Date | null {
  if (!timestamp) return null;
  // Over gRPC seconds are a Long, in a history from JSON a number.
  return new Date(1_000 * Number(timestamp.seconds ?? 0) + (timestamp.nanos ?? 0) / 1e6);
}
