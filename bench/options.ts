import { parseArgs } from 'node:util';

export interface BenchOptions {
  readonly json: boolean;
  readonly quick: boolean;
  readonly growth: boolean;
}

/** How much is measured. */
export interface Amounts {
  readonly rounds: number;
  /** Runs of three steps started at once. */
  readonly atOnce: number;
  /** Runs of three steps one after the other. */
  readonly inSequence: number;
  /** Runs of thirty steps, at once and then one after the other. */
  readonly thirtyAtOnce: number;
  readonly thirtyInSequence: number;
  /** Processes started of each program. */
  readonly firstRuns: number;
  /** Steps of the run that is read. */
  readonly longRun: number;
}

export const AMOUNTS: Readonly<Record<'full' | 'quick', Amounts>> = {
  full: {
    rounds: 5,
    atOnce: 200,
    inSequence: 30,
    thirtyAtOnce: 20,
    thirtyInSequence: 10,
    firstRuns: 5,
    longRun: 2_000,
  },
  quick: {
    rounds: 2,
    atOnce: 20,
    inSequence: 5,
    thirtyAtOnce: 2,
    thirtyInSequence: 1,
    firstRuns: 1,
    longRun: 100,
  },
};

export const HELP = `Usage: npm run bench -- [options]

Compares this engine with a hand-written Temporal workflow that calls the same three functions: on one dev server, in
one process, in alternating rounds.

Options:
  --growth  what a step takes at the 10th, the 100th and the 1,000th place of a run, instead
  --json    print one JSON object, with the figure of each round
  --quick   few runs, in seconds: shows that the bench works, its figures mean little
  --help    print this
`;

/** Says what is wrong with the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function optionsOf(args: readonly string[]): BenchOptions | 'help' {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        growth: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values.help ? 'help' : { json: values.json, quick: values.quick, growth: values.growth };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
