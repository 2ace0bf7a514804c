/** `three`: the three functions in sequence; `thirty`: ten times through them. */
export type Job = 'three' | 'thirty';

/** A way to start the jobs and to wait for them. */
export interface Engine {
  readonly name: EngineName;
  start(job: Job): Promise<Started>;
}

interface Started {
  /** The Temporal workflow id. */
  readonly id: string;
  result(): Promise<unknown>;
}

/**
 * The first two are compared. The others have one part of the difference each, so that it can be told what it is made
 * of: `outlast-result` waits for the result alone, by Temporal's own client; `hand-written-plan` has its worker asked
 * for a plan first, as a run of outlast does.
 */
export type EngineName = 'outlast' | 'hand-written' | 'outlast-result' | 'hand-written-plan';

export const INPUT = '  hello ';
