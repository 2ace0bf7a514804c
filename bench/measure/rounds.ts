import type { Client } from '@temporalio/client';
import type { Engine, EngineName } from '../engines/engine.js';
import type { Amounts } from '../options.js';
import { historySize, type HistorySize } from './history.js';
import { atOnce, inSequence } from './runs.js';
import { median } from './spread.js';

/** What is measured of an engine in each round, in its unit. */
export type Metric =
  | 'threePerSecond'
  | 'threeCpu'
  | 'threeServerCpu'
  | 'threeStart'
  | 'threeResult'
  | 'thirtyPerSecond'
  | 'thirtyCpu'
  | 'thirtyResult'
  | 'threeEvents'
  | 'threeBytes'
  | 'thirtyEvents'
  | 'thirtyBytes';

/** One number a round; none of what the system doesn't tell. */
type Rounds = Readonly<Partial<Record<Metric, readonly number[]>>>;

export interface Measured {
  readonly rounds: Readonly<Record<EngineName, Rounds>>;
  /** Of the last run of three steps. */
  readonly histories: Readonly<Record<EngineName, HistorySize>>;
}

export interface Bed {
  readonly engines: readonly Engine[];
  readonly temporal: Client;
  readonly serverPid: number;
}

/** Measures engines in turn, round after round. */
export async function measureRounds(
  bed: Bed,
  amounts: Amounts,
  progress: (text: string) => void,
): Promise<Measured> {
  progress('warm-up');
  for (const engine of bed.engines) {
    await atOnce(engine, 'three', Math.ceil(amounts.atOnce / 4), bed.serverPid);
  }
  await inSequence(bed.engines, 'thirty', 1);

  const samples = new Samples();
  for (let round = 1; round <= amounts.rounds; round++) {
    progress(`round ${round} of ${amounts.rounds}`);
    await measureThree(bed, amounts, samples);
    await measureThirty(bed, amounts, samples);
  }
  return samples.all();
}

async function measureThree(bed: Bed, amounts: Amounts, samples: Samples): Promise<void> {
  for (const engine of bed.engines) {
    const took = await atOnce(engine, 'three', amounts.atOnce, bed.serverPid);
    samples.add(engine.name, 'threePerSecond', 1000 / took.wall);
    samples.add(engine.name, 'threeCpu', took.cpu);
    if (took.serverCpu !== null) samples.add(engine.name, 'threeServerCpu', took.serverCpu);
  }
  for (const [name, took] of await inSequence(bed.engines, 'three', amounts.inSequence)) {
    samples.add(name, 'threeStart', median(took.start));
    samples.add(name, 'threeResult', median(took.result));
    const history = await historySize(bed.temporal, took.id);
    samples.add(name, 'threeEvents', history.events);
    samples.add(name, 'threeBytes', history.bytes);
    samples.histories.set(name, history);
  }
}

async function measureThirty(bed: Bed, amounts: Amounts, samples: Samples): Promise<void> {
  for (const engine of bed.engines) {
    const took = await atOnce(engine, 'thirty', amounts.thirtyAtOnce, bed.serverPid);
    samples.add(engine.name, 'thirtyPerSecond', 1000 / took.wall);
    samples.add(engine.name, 'thirtyCpu', took.cpu);
  }
  for (const [name, took] of await inSequence(bed.engines, 'thirty', amounts.thirtyInSequence)) {
    samples.add(name, 'thirtyResult', median(took.result));
    const { events, bytes } = await historySize(bed.temporal, took.id);
    samples.add(name, 'thirtyEvents', events);
    samples.add(name, 'thirtyBytes', bytes);
  }
}

class Samples {
  readonly #rounds: Partial<Record<EngineName, Partial<Record<Metric, number[]>>>> = {};
  readonly histories = new Map<EngineName, HistorySize>();

  add(engine: EngineName, metric: Metric, value: number): void {
    const metrics = (this.#rounds[engine] ??= {});
    (metrics[metric] ??= []).push(value);
  }

  all(): Measured {
    return {
      rounds: this.#rounds as Measured['rounds'],
      histories: Object.fromEntries(this.histories) as Measured['histories'],
    };
  }
}
