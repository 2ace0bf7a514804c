import type { Program } from '../measure/first-run.js';
import type { LongRun } from '../measure/long-run.js';
import type { Measured, Metric } from '../measure/rounds.js';
import { pairwise, spreadOf, type Spread } from '../measure/spread.js';
import type { Amounts } from '../options.js';
import type { Machine } from './machine.js';
import { metricTexts, PER_SECOND, type MetricText } from './metrics.js';
import { partsOf, type Parts } from './parts.js';

export interface Report {
  readonly machine: Machine;
  readonly amounts: Amounts;
  readonly figures: readonly Figure[];
  readonly longRun: LongRun;
  /** What the difference is made of. */
  readonly parts: Parts;
}

interface Figure extends MetricText {
  readonly outlast: Spread;
  readonly handWritten: Spread;
  /** What outlast costs over what the hand-written one costs, round by round: 1.1 is a tenth more time, or bytes. */
  readonly cost: Spread;
}

export type FirstRuns = Readonly<Record<Program, readonly number[]>>;

export function reportOf(
  machine: Machine,
  amounts: Amounts,
  measured: Measured,
  firstRuns: FirstRuns,
  longRun: LongRun,
): Report {
  const texts = metricTexts(amounts);
  const { outlast, 'hand-written': handWritten } = measured.rounds;
  const figures = (Object.keys(texts) as Metric[]).flatMap((metric) => {
    const [ours, theirs] = [outlast[metric], handWritten[metric]];
    return ours === undefined || theirs === undefined ? [] : figure(texts[metric], ours, theirs);
  });
  const ours = firstRuns.outlast;
  figures.push(
    figure(FIRST_RUN, ours, firstRuns['hand-written']),
    figure(FIRST_RUN_BUNDLING, ours, firstRuns['hand-written-bundling']),
  );
  return { machine, amounts, figures, longRun, parts: partsOf(measured, amounts) };
}

const FIRST_RUN: MetricText = {
  title: 'process start to first run done',
  unit: 'ms',
  aimed: false,
};

const FIRST_RUN_BUNDLING: MetricText = {
  ...FIRST_RUN,
  title: '… the hand-written one bundling at start',
};

function figure(text: MetricText, ours: readonly number[], theirs: readonly number[]): Figure {
  const outlast = spreadOf(ours);
  const handWritten = spreadOf(theirs);
  const cost = pairwise(outlast, handWritten, (one, other) =>
    text.unit === PER_SECOND ? other / one : one / other,
  );
  return { ...text, outlast, handWritten, cost };
}
