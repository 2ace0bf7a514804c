import { SEGMENT_EVENTS_OPTION, type CreateWorkerOptions } from '../../src/worker/create-worker.js';

/** Set by `npm run test:uncached`: with 0 every workflow task is a replay of the whole run. */
const cached = process.env['OUTLAST_TEST_MAX_CACHED_WORKFLOWS'];
/** Set by `npm run test:segments`: events after which a run goes on in another execution. */
const segment = process.env['OUTLAST_TEST_SEGMENT_EVENTS'];

/** How workers of tests differ from others: how many runs they keep in memory between their tasks, and how long histories are. */
export const CACHE: Partial<CreateWorkerOptions> = {
  ...(cached !== undefined && { maxCachedWorkflows: Number(cached) }),
  ...(segment !== undefined && { [SEGMENT_EVENTS_OPTION]: Number(segment) }),
};
