import { performance } from 'node:perf_hooks';
import type { Engine, Job } from '../engines/engine.js';

export interface AtOnce {
  /** Milliseconds of wall time a run. */
  readonly wall: number;
  /** Milliseconds of CPU a run, of this process: client and worker. */
  readonly cpu: number;
}

/** Starts runs at once, and waits for all of them. */
export async function atOnce(engine: Engine, job: Job, runs: number): Promise<AtOnce> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: runs }, async () => {
      const started = await engine.start(job);
      await started.result();
    }),
  );
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { wall: wall / runs, cpu: (user + system) / 1000 / runs };
}

export interface OneByOne {
  /** Milliseconds until the start returned, of each run. */
  readonly start: readonly number[];
  /** Milliseconds until the result was there, of each run. */
  readonly result: readonly number[];
  /** The last run. */
  readonly id: string;
}

/** Starts each run when the one before has its result. */
export async function oneByOne(engine: Engine, job: Job, runs: number): Promise<OneByOne> {
  const start: number[] = [];
  const result: number[] = [];
  let id = '';
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    const started = await engine.start(job);
    start.push(performance.now() - began);
    await started.result();
    result.push(performance.now() - began);
    id = started.id;
  }
  return { start, result, id };
}
