import { Parallel, RunFailedError, Step, StepOutput, Workflow } from 'outlast';
import type { StepInput } from 'outlast';
import { connect } from 'outlast/client';
import { startLocal } from 'outlast/local';
import { recordHistory, replay } from 'outlast/testing';
import { documentSearch, duckDuckGoTools, exaTools, type ExaOptions } from 'outlast/tools';
import { createWorker } from 'outlast/worker';

const count = new Step({
  name: 'Count',
  executor: (input: StepInput) =>
    new StepOutput({ content: input.getInputAsString()?.length ?? 0 }),
});
export const workflow = new Workflow({
  name: 'Counting',
  steps: [new Parallel({ name: 'Both', steps: [count, async () => 'two'] })],
});

export async function main(): Promise<string> {
  await using local = await startLocal({ workflows: [workflow] });
  try {
    const run = await workflow.run('topic', { background: true });
    const finished = await workflow.waitForRun(run.runId, { timeout: '5 seconds' });
    return finished.status;
  } catch (error) {
    return error instanceof RunFailedError ? error.code : String(error);
  }
}

// @ts-expect-error A workflow has steps: that this is an error shows that the types are there.
new Workflow({ name: 'Empty' });

const options: ExaOptions = { maxResults: 3, timeout: '5 seconds' };
export const tools = [duckDuckGoTools(), exaTools(options), documentSearch({ dir: 'docs' })];

export const faces = { connect, createWorker, recordHistory, replay };
