import { Client, Connection } from '@temporalio/client';
import { startDevServer } from 'outlast/local';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Job } from './engines/engine.js';
import { handWrittenSide } from './engines/hand-written.js';
import { outlastSide, wideWorkflow, type OutlastSide } from './engines/outlast.js';
import { handWrittenBundle } from './hand-written/bundle.js';
import { firstRun } from './measure/first-run.js';
import { recordedPlan } from './measure/history.js';
import { longRun } from './measure/long-run.js';
import { measureRounds } from './measure/rounds.js';
import type { Amounts } from './options.js';
import { machineFacts } from './report/machine.js';
import { reportOf, type FirstRuns, type Report } from './report/report.js';

/** Measures everything on a dev server of its own. */
export async function bench(amounts: Amounts, progress: (text: string) => void): Promise<Report> {
  progress('dev server, bundle');
  await using server = await startDevServer({ port: 0, uiPort: 0 });
  const { address } = server;
  const connection = await Connection.connect({ address });
  const temporal = new Client({ connection });
  const folder = await mkdtemp(path.join(tmpdir(), 'outlast-bench-'));
  try {
    const machine = await machineFacts(temporal);
    const bundle = await handWrittenBundle();
    const bundlePath = path.join(folder, 'workflows.cjs');
    await writeFile(bundlePath, bundle);

    const wide = wideWorkflow(amounts.longRun);
    await using ours = await outlastSide(address, temporal, wide);
    const plans = await plansOf(ours, temporal);
    await using theirs = await handWrittenSide(address, temporal, bundle, plans);
    // First, because nothing else here asks as much of a worker.
    progress(`a run of ${amounts.longRun} steps`);
    const { client } = ours;
    const long = await longRun(wide, amounts.longRun, amounts.rounds, { client, temporal });
    const engines = [ours.engine, theirs.engine, ours.resultOnly, theirs.withPlan];
    const bed = { engines, temporal, serverPid: server.pid };
    const measured = await measureRounds(bed, amounts, progress);

    progress('process starts');
    const firstRuns = await measureFirstRuns(amounts.firstRuns, address, bundlePath);
    return reportOf(machine, amounts, measured, firstRuns, long);
  } finally {
    await connection.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The plans that runs of ours are answered, for the hand-written one to be answered the same. */
async function plansOf({ engine }: OutlastSide, temporal: Client): Promise<Record<Job, unknown>> {
  const planOf = async (job: Job): Promise<unknown> => {
    const run = await engine.start(job);
    await run.result();
    return recordedPlan(temporal, run.id);
  };
  return { three: await planOf('three'), thirty: await planOf('thirty') };
}

async function measureFirstRuns(
  rounds: number,
  address: string,
  bundlePath: string,
): Promise<FirstRuns> {
  const times = { outlast: [], 'hand-written': [], 'hand-written-bundling': [] } satisfies Record<
    keyof FirstRuns,
    number[]
  > as Record<keyof FirstRuns, number[]>;
  for (let round = 1; round <= rounds; round++) {
    for (const program of Object.keys(times) as (keyof FirstRuns)[]) {
      times[program].push(await firstRun(program, address, bundlePath));
    }
  }
  return times;
}
