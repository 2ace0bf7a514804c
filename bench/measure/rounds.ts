import type { Client } from '@temporalio/client';
import type { Engine, EngineName } from '../engines/engine.js';
import type { Amounts } from '../options.js';
import { historySize, type HistorySize } from './history.js';
import { atOnce, oneByOne } from './runs.js';
import { median } from './spread.js';

/** What is measured of an engine in each round, in its unit. */
export type Metric =
  | 'threePerSecond'
  | 'threeCpu'
  | 'threeStart'
  | 'threeResult'
  | 'thirtyPerSecond'
  | 'thirtyResult'
  | 'threeEvents'
  | 'threeBytes'
  | 'thirtyEvents'
  | 'thirtyBytes';

/** One number a round. */
type Rounds = Readonly<Record<Metric, readonly number[]>>;

export interface Measured {
  readonly rounds: Readonly<Record<EngineName, Rounds>>;
  /** Of the last run of three steps. */
  readonly histories: Readonly<Record<EngineName, HistorySize>>;
}

type Sample = Partial<Record<Metric, number>>;

/**
 * Measures engines in turn: in each round each kind of load goes to one engine after the other, so that what disturbs
 * the machine for a while disturbs all of them.
 */
export async function measureRounds(
  engines: readonly Engine[],
  amounts: Amounts,
  temporal: Client,
  progress: (text: string) => void,
): Promise<Measured> {
  const rounds = new Map<EngineName, Map<Metric, number[]>>();
  const histories = new Map<EngineName, HistorySize>();

  const loads: ((engine: Engine) => Promise<Sample>)[] = [
    async (engine) => {
      const { wall, cpu } = await atOnce(engine, 'three', amounts.atOnce);
      return { threePerSecond: 1000 / wall, threeCpu: cpu };
    },
    async (engine) => {
      const { start, result, id } = await oneByOne(engine, 'three', amounts.inSequence);
      const history = await historySize(temporal, id);
      histories.set(engine.name, history);
      return {
        threeStart: median(start),
        threeResult: median(result),
        threeEvents: history.events,
        threeBytes: history.bytes,
      };
    },
    async (engine) => {
      const { wall } = await atOnce(engine, 'thirty', amounts.thirtyAtOnce);
      return { thirtyPerSecond: 1000 / wall };
    },
    async (engine) => {
      const { result, id } = await oneByOne(engine, 'thirty', amounts.thirtyInSequence);
      const { events, bytes } = await historySize(temporal, id);
      return { thirtyResult: median(result), thirtyEvents: events, thirtyBytes: bytes };
    },
  ];

  progress('warm-up');
  for (const engine of engines) {
    await atOnce(engine, 'three', Math.ceil(amounts.atOnce / 4));
    await oneByOne(engine, 'thirty', 1);
  }
  for (let round = 1; round <= amounts.rounds; round++) {
    progress(`round ${round} of ${amounts.rounds}`);
    for (const load of loads) {
      for (const engine of engines) {
        for (const [metric, value] of Object.entries(await load(engine))) {
          const ofEngine = entry(rounds, engine.name, () => new Map<Metric, number[]>());
          entry(ofEngine, metric as Metric, () => []).push(value);
        }
      }
    }
  }
  return {
    rounds: Object.fromEntries(
      [...rounds].map(([name, metrics]) => [name, Object.fromEntries(metrics)]),
    ) as unknown as Record<EngineName, Rounds>,
    histories: Object.fromEntries(histories) as Record<EngineName, HistorySize>,
  };
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}
