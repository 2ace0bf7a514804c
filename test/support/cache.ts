/** Set by `npm run test:uncached`: with 0 every workflow task is a replay of the whole run. */
const cached = process.env['OUTLAST_TEST_MAX_CACHED_WORKFLOWS'];

/** How many runs a worker of a test keeps in memory between their tasks. */
export const CACHE: { readonly maxCachedWorkflows?: number } =
  cached === undefined ? {} : { maxCachedWorkflows: Number(cached) };
