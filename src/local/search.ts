/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What every place of the search is given. */
export interface Search {
  readonly env: Environment;
  readonly signal: AbortSignal | undefined;
}
