import type { Program } from '../measure/first-run.js';
import type { LongRun } from '../measure/long-run.js';
import type { Measured, Metric } from '../measure/rounds.js';
import { pairwise, spreadOf, type Spread } from '../measure/spread.js';
import type { Amounts } from '../options.js';
import type { Machine } from './machine.js';
import { partsOf, type Parts } from './parts.js';

export interface Report {
  readonly machine: Machine;
  readonly amounts: Amounts;
  readonly figures: readonly Figure[];
  readonly longRun: LongRun;
  /** What the difference is made of. */
  readonly parts: Parts;
}

interface Figure {
  readonly title: string;
  readonly unit: string;
  readonly outlast: Spread;
  readonly handWritten: Spread;
  /** What outlast costs over what the hand-written one costs, round by round: 1.1 is a tenth more time, or bytes. */
  readonly cost: Spread;
  /** Throughput or latency, which there is an aim for. */
  readonly aimed: boolean;
}

export type FirstRuns = Readonly<Record<Program, readonly number[]>>;

export function reportOf(
  machine: Machine,
  amounts: Amounts,
  measured: Measured,
  firstRuns: FirstRuns,
  longRun: LongRun,
): Report {
  const { outlast, 'hand-written': handWritten } = measured.rounds;
  const title = titles(amounts);
  const metrics = Object.keys(title) as Metric[];
  return {
    machine,
    amounts,
    figures: [
      ...metrics.map((metric) => {
        const [text, unit] = title[metric];
        return figure(text, unit, outlast[metric], handWritten[metric], AIMED.has(metric));
      }),
      figure('process start to first run done', 'ms', firstRuns.outlast, firstRuns['hand-written']),
      figure(
        'the same, the hand-written one bundling at start',
        'ms',
        firstRuns.outlast,
        firstRuns['hand-written-bundling'],
      ),
    ],
    longRun,
    parts: partsOf(measured),
  };
}

function titles(amounts: Amounts): Record<Metric, readonly [title: string, unit: string]> {
  return {
    threePerSecond: [`3 steps, ${amounts.atOnce} at once`, PER_SECOND],
    threeCpu: ['3 steps, at once: CPU of client and worker a run', 'ms'],
    threeResult: [`3 steps, ${amounts.inSequence} in sequence: start to result`, 'ms'],
    threeStart: ['3 steps, in sequence: until the start returns', 'ms'],
    thirtyPerSecond: [`30 steps, ${amounts.thirtyAtOnce} at once`, PER_SECOND],
    thirtyResult: [`30 steps, ${amounts.thirtyInSequence} in sequence: start to result`, 'ms'],
    threeEvents: ['history of 3 steps', 'events'],
    threeBytes: ['history of 3 steps', 'bytes'],
    thirtyEvents: ['history of 30 steps', 'events'],
    thirtyBytes: ['history of 30 steps', 'bytes'],
  };
}

const AIMED: ReadonlySet<Metric> = new Set([
  'threePerSecond',
  'threeResult',
  'threeStart',
  'thirtyPerSecond',
  'thirtyResult',
]);

/** The one unit of which more is better. */
const PER_SECOND = 'runs/s';

function figure(
  title: string,
  unit: string,
  ours: readonly number[],
  theirs: readonly number[],
  aimed = false,
): Figure {
  const outlast = spreadOf(ours);
  const handWritten = spreadOf(theirs);
  const cost = pairwise(outlast, handWritten, (one, other) =>
    unit === PER_SECOND ? other / one : one / other,
  );
  return { title, unit, outlast, handWritten, cost, aimed };
}
