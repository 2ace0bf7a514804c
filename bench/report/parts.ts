import type { EngineName } from '../engines/engine.js';
import type { KindSize } from '../measure/history.js';
import type { Measured, Metric } from '../measure/rounds.js';
import { pairwise, spreadOf, type Spread } from '../measure/spread.js';
import type { Amounts } from '../options.js';
import { metricTexts, PER_SECOND } from './metrics.js';

/** What a run of outlast takes more than a hand-written one, in milliseconds, and what that is made of. */
interface Difference {
  readonly title: string;
  readonly all: Spread;
  /** Reading the run and its history, where the hand-written one waits for the result alone. */
  readonly reading: Spread;
  /** Asking the worker for the plan: a local activity and its marker. */
  readonly plan: Spread;
  /** The walk, what steps are given, and what is around an executor. */
  readonly rest: Spread;
}

export interface Parts {
  readonly differences: readonly Difference[];
  /** Of a run of three steps: where its history has more than the hand-written one's. */
  readonly history: Readonly<Record<string, KindSize>>;
}

export function partsOf({ rounds, histories }: Measured, amounts: Amounts): Parts {
  const texts = metricTexts(amounts);
  const measured = METRICS.filter((metric) => rounds.outlast[metric] !== undefined);
  return {
    differences: measured.map((metric) => {
      const { title, unit } = texts[metric];
      const of = (name: EngineName): Spread =>
        spreadOf(
          (rounds[name][metric] ?? []).map((value) => (unit === PER_SECOND ? 1000 / value : value)),
        );
      const ours = of('outlast');
      const resultOnly = of('outlast-result');
      const withPlan = of('hand-written-plan');
      const theirs = of('hand-written');
      return {
        title,
        all: pairwise(ours, theirs, minus),
        reading: pairwise(ours, resultOnly, minus),
        plan: pairwise(withPlan, theirs, minus),
        rest: pairwise(resultOnly, withPlan, minus),
      };
    }),
    history: moreThan(histories.outlast.kinds, histories['hand-written'].kinds),
  };
}

const METRICS: readonly Metric[] = [
  'threePerSecond',
  'threeCpu',
  'threeServerCpu',
  'threeResult',
  'thirtyPerSecond',
  'thirtyCpu',
  'thirtyResult',
];

function minus(one: number, other: number): number {
  return one - other;
}

/** The kinds of events that differ, those that take most first. */
function moreThan(
  ours: Readonly<Record<string, KindSize>>,
  theirs: Readonly<Record<string, KindSize>>,
): Record<string, KindSize> {
  const none: KindSize = { events: 0, bytes: 0 };
  const kinds = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  const differences = kinds.map((kind) => {
    const [own, other] = [ours[kind] ?? none, theirs[kind] ?? none];
    return [kind, { events: own.events - other.events, bytes: own.bytes - other.bytes }] as const;
  });
  return Object.fromEntries(
    differences
      .filter(([, { events, bytes }]) => events !== 0 || bytes !== 0)
      .sort(([, one], [, other]) => other.bytes - one.bytes),
  );
}
