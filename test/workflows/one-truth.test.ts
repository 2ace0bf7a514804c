import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outlast } from '../../src/client/index.js';
import { eventsOf, type HistoryEvent } from '../../src/client/history.js';
import { Recording } from '../../src/client/recording.js';
import type { FinishedRun, Run, Workflow } from '../../src/index.js';
import type { StepResult } from '../../src/plan/output.js';
import { runInMemory } from '../support/memory-host.js';
import { scriptedModel } from '../../src/testing/index.js';
import { randomModel, randomNodes, workflowOf, type Sight } from '../support/random-definitions.js';
import { testBed } from '../support/temporal.js';

const DEFINITIONS = 60;
/** Run side by side, on one pair of workers. */
const AT_ONCE = 12;

/** Of a failure that is to be looked at again: OUTLAST_TEST_SEED. */
const SEED = Number(process.env['OUTLAST_TEST_SEED'] ?? Date.now() % 1_000_000);

describe('the run on the server, what is read of it at every moment, and the walk in memory agree', () => {
  const samples = fc.sample(randomNodes, { numRuns: DEFINITIONS, seed: SEED });
  const batches = Array.from({ length: DEFINITIONS / AT_ONCE }, (_, batch) =>
    samples.slice(batch * AT_ONCE, (batch + 1) * AT_ONCE),
  );

  test.each(batches.map((batch, index) => [index, batch] as const))(
    `random definitions, seed ${String(SEED)}, batch %i`,
    async (_, batch) => {
      const bed = await testBed();
      await using model = await scriptedModel(randomModel);
      const seen: Sight[] = [];
      const workflows = batch.map((nodes, index) =>
        workflowOf(`Random ${String(index)}`, nodes, model.baseURL, (sight) => seen.push(sight)),
      );
      // Two, so that what one has seen the other has to read from the history.
      await bed.worker(workflows);
      await bed.worker(workflows);
      const runs = await Promise.all(workflows.map((workflow) => followed(bed.client, workflow)));
      for (const [index, { end, progress }] of runs.entries()) {
        const about = `${end.runId}: ${JSON.stringify(batch[index])}`;
        const onServer = seen.filter(({ run }) => run === end.runId);
        const runId = `${end.runId} in memory`;
        const memory = await runInMemory(workflows[index]!, 'input', { runId, seed: index });
        const inMemory = seen.filter(({ run }) => run === runId);

        expect(comparable(end), about).toEqual({
          status: memory.end.kind,
          content: memory.end.kind === 'completed' ? memory.end.content : null,
          error: memory.end.kind === 'failed' ? memory.end.error : null,
          stepResults: memory.results,
        });
        expect(sights(onServer), about).toEqual(sights(inMemory));
        await checkMoments(bed.client, end);
        for (const now of progress) expectPart(now.stepResults, end.stepResults);
      }
    },
  );
});

async function followed(
  client: Outlast,
  workflow: Workflow,
): Promise<{ readonly end: FinishedRun; readonly progress: readonly Run[] }> {
  const run = await client.run(workflow, 'input', { background: true });
  const progress: Run[] = [];
  const end = await run.wait({ onProgress: (now) => progress.push(now) });
  return { end, progress };
}

function comparable(run: FinishedRun): unknown {
  const { status, content, error, stepResults } = run.toJSON();
  return { status, content, error, stepResults };
}

function sights(all: readonly Sight[]): unknown {
  return [...all]
    .sort((one, other) => one.key.localeCompare(other.key) || one.attempt - other.attempt)
    .map(({ run: _run, ...sight }) => sight);
}

/** Each beginning of the history gives what had ended by then, and nothing that the end contradicts. */
async function checkMoments(client: Outlast, run: FinishedRun): Promise<void> {
  const { server } = client;
  const events: HistoryEvent[] = [];
  for await (const page of eventsOf(server, [run])) events.push(...page);
  const recording = new Recording(server.client.options.loadedDataConverter);
  let ended = 0;
  for (const event of events) {
    await recording.add([event]);
    ended += isEndOfCall(event, events) ? 1 : 0;
    const { stepResults } = recording.view();
    expect(leaves(stepResults).filter(({ name }) => !name.startsWith('Agent'))).toHaveLength(ended);
    expectPart(stepResults, run.stepResults);
  }
  expect(recording.view().stepResults).toEqual(run.stepResults);
}

function isEndOfCall(event: HistoryEvent, events: readonly HistoryEvent[]): boolean {
  const id =
    event.activityTaskCompletedEventAttributes?.scheduledEventId ??
    event.activityTaskFailedEventAttributes?.scheduledEventId;
  if (!id) return false;
  const scheduled = events.find(({ eventId }) => String(eventId) === String(id));
  const { activityId = '' } = scheduled?.activityTaskScheduledEventAttributes ?? {};
  // Of an agent's calls only the last is the end of its step.
  return activityId !== 'outlast.resolvePlan' && !/\/(?:turn|call)\//.test(activityId ?? '');
}

function leaves(results: readonly StepResult[]): readonly StepResult[] {
  return results.flatMap((result) => (result.type === 'Step' ? [result] : leaves(result.steps)));
}

/** What had ended stands in the end as it was. */
function expectPart(part: readonly StepResult[], whole: readonly StepResult[]): void {
  const rest = [...leaves(whole)];
  for (const leaf of leaves(part)) {
    const at = rest.findIndex((each) => JSON.stringify(each) === JSON.stringify(leaf));
    expect(at, `${leaf.name} isn't part of the end`).not.toBe(-1);
    rest.splice(0, at + 1);
  }
}
