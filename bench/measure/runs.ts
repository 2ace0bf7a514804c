import { performance } from 'node:perf_hooks';
import type { Engine, EngineName, Job } from '../engines/engine.js';
import { cpuOf } from './server-cpu.js';

export interface AtOnce {
  /** Milliseconds of wall time a run. */
  readonly wall: number;
  /** Milliseconds of CPU a run, of this process: client and worker. */
  readonly cpu: number;
  /** The same of the server; `null` where the system doesn't tell. */
  readonly serverCpu: number | null;
}

/** Starts runs at once, and waits for all of them. */
export async function atOnce(
  engine: Engine,
  job: Job,
  runs: number,
  serverPid: number,
): Promise<AtOnce> {
  const serverBefore = await cpuOf(serverPid);
  const before = process.cpuUsage();
  const began = performance.now();
  await Promise.all(
    Array.from({ length: runs }, async () => {
      const started = await engine.start(job);
      await started.result();
    }),
  );
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  const serverAfter = await cpuOf(serverPid);
  return {
    wall: wall / runs,
    cpu: (user + system) / 1000 / runs,
    serverCpu:
      serverBefore === null || serverAfter === null ? null : (serverAfter - serverBefore) / runs,
  };
}

export interface InSequence {
  /** Milliseconds until the start returned, of each run. */
  readonly start: number[];
  /** Milliseconds until the result was there, of each run. */
  readonly result: number[];
  /** The last run. */
  id: string;
}

/**
 * Starts each run when the one before has its result, the engines in turn after each run: what disturbs the machine for
 * a second disturbs all of them.
 */
export async function inSequence(
  engines: readonly Engine[],
  job: Job,
  runs: number,
): Promise<Map<EngineName, InSequence>> {
  const measured = new Map<EngineName, InSequence>(
    engines.map(({ name }) => [name, { start: [], result: [], id: '' }]),
  );
  for (let run = 0; run < runs; run++) {
    for (const engine of engines) {
      const began = performance.now();
      const started = await engine.start(job);
      const start = performance.now() - began;
      await started.result();
      const result = performance.now() - began;
      const all = measured.get(engine.name);
      if (all === undefined) continue;
      all.start.push(start);
      all.result.push(result);
      all.id = started.id;
    }
  }
  return measured;
}
