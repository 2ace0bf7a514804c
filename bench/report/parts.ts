import type { EngineName } from '../engines/engine.js';
import type { KindSize } from '../measure/history.js';
import type { Measured, Metric } from '../measure/rounds.js';
import { pairwise, spreadOf, type Spread } from '../measure/spread.js';

/** What a difference comes to, and what it is made of, in the unit of its metric. */
export interface Difference {
  readonly metric: Metric;
  readonly unit: string;
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

export function partsOf({ rounds, histories }: Measured): Parts {
  return {
    differences: MEASURES.map(([metric, unit, value]) => {
      const of = (name: EngineName): Spread => spreadOf(rounds[name][metric].map(value));
      const ours = of('outlast');
      const resultOnly = of('outlast-result');
      const withPlan = of('hand-written-plan');
      const theirs = of('hand-written');
      return {
        metric,
        unit,
        all: pairwise(ours, theirs, minus),
        reading: pairwise(ours, resultOnly, minus),
        plan: pairwise(withPlan, theirs, minus),
        rest: pairwise(resultOnly, withPlan, minus),
      };
    }),
    history: moreThan(histories.outlast.kinds, histories['hand-written'].kinds),
  };
}

const MEASURES: readonly (readonly [Metric, unit: string, value: (n: number) => number])[] = [
  ['threePerSecond', 'ms', (perSecond) => 1000 / perSecond],
  ['threeCpu', 'ms', (ms) => ms],
  ['threeResult', 'ms', (ms) => ms],
  ['thirtyPerSecond', 'ms', (perSecond) => 1000 / perSecond],
  ['thirtyResult', 'ms', (ms) => ms],
];

function minus(one: number, other: number): number {
  return one - other;
}

function moreThan(
  ours: Readonly<Record<string, KindSize>>,
  theirs: Readonly<Record<string, KindSize>>,
): Record<string, KindSize> {
  const none: KindSize = { events: 0, bytes: 0 };
  const kinds = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  return Object.fromEntries(
    kinds
      .map((kind) => {
        const [own, other] = [ours[kind] ?? none, theirs[kind] ?? none];
        return [
          kind,
          { events: own.events - other.events, bytes: own.bytes - other.bytes },
        ] as const;
      })
      .sort(([, one], [, other]) => other.bytes - one.bytes),
  );
}
