import type { Client } from '@temporalio/client';
import type { Workflow } from 'outlast';
import type { Outlast } from 'outlast/client';
import { performance } from 'node:perf_hooks';
import { INPUT } from '../engines/engine.js';
import { spreadOf, type Spread } from './spread.js';

/** Milliseconds that it takes to read a run of many steps. */
export interface LongRun {
  readonly steps: number;
  readonly events: number;
  readonly bytes: number;
  readonly getRun: Spread;
  /** `getRun` with `stepResults: false`. */
  readonly summary: Spread;
  /** Temporal's own client fetching the history, which nobody can do without who reads all steps. */
  readonly fetchHistory: Spread;
}

export async function longRun(
  workflow: Workflow,
  steps: number,
  rounds: number,
  { client, temporal }: { client: Outlast; temporal: Client },
): Promise<LongRun> {
  const { runId } = await workflow.run(INPUT, { client });
  const handle = temporal.workflow.getHandle(runId);
  const { raw } = await handle.describe();
  const { historyLength, historySizeBytes } = raw.workflowExecutionInfo ?? {};
  const times: Record<'getRun' | 'summary' | 'fetchHistory', number[]> = {
    getRun: [],
    summary: [],
    fetchHistory: [],
  };
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    const took = {
      getRun: await timed(() => workflow.getRun(runId, { client })),
      summary: await timed(() => workflow.getRun(runId, { client, stepResults: false })),
      fetchHistory: await timed(() => handle.fetchHistory()),
    };
    if (round === 0) continue;
    times.getRun.push(took.getRun);
    times.summary.push(took.summary);
    times.fetchHistory.push(took.fetchHistory);
  }
  return {
    steps,
    events: Number(historyLength),
    bytes: Number(historySizeBytes),
    getRun: spreadOf(times.getRun),
    summary: spreadOf(times.summary),
    fetchHistory: spreadOf(times.fetchHistory),
  };
}

async function timed(call: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await call();
  return performance.now() - began;
}
