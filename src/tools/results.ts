import { z } from 'zod';
import type { Check } from '../definition/check.js';

/** Characters of a text that a search lists. Theirs are some 300: what is longer is no snippet. */
export const MAX_LISTED_TEXT = 1_000;
export const MAX_LISTED_URL = 2_000;

const DEFAULT_LIMIT = 10;
const DEFAULT_ASKED = 5;

/** How many results a search gives: as many as the model asks for, up to the limit of whoever defined the tool. */
export interface ResultsLimit {
  /** The tool's parameter `max_results`. */
  readonly parameter: z.ZodDefault<z.ZodInt>;
  readonly limit: number;
  /** The first of them. */
  of<T>(results: readonly T[], asked: number): readonly T[];
}

/** @throws DefinitionError */
export function resultsLimit(check: Check, maxResults: unknown = DEFAULT_LIMIT): ResultsLimit {
  const limit = check.integer('maxResults', maxResults, 1);
  return {
    parameter: z
      .int()
      .min(1)
      .default(Math.min(limit, DEFAULT_ASKED))
      .describe(`How many results to give, at most ${String(limit)}.`),
    limit,
    // Asking for more is no mistake that the model has to mend.
    of: (results, asked) => results.slice(0, Math.min(asked, limit)),
  };
}
