import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outlast } from '../../src/client/index.js';
import { EventLog } from '../../src/client/event-log.js';
import { eventsOf, executionsUntil, type HistoryEvent } from '../../src/client/history.js';
import { Recording } from '../../src/client/recording.js';
import type { FinishedRun, Run, RunEvent, Workflow } from '../../src/index.js';
import type { StepResult } from '../../src/plan/output.js';
import { runInMemory } from '../support/memory-host.js';
import type { WalkEvent } from '../../src/walk/event.js';
import { scriptedModel } from '../../src/testing/index.js';
import { randomModel, randomNodes, workflowOf, type Sight } from '../support/random-definitions.js';
import { read } from '../support/stream.js';
import { testBed } from '../support/temporal.js';
import { timeless } from '../support/timeless.js';

const DEFINITIONS = 36;
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
      for (const [index, { end, progress, events }] of runs.entries()) {
        const about = `${end.runId}: ${JSON.stringify(batch[index])}`;
        const onServer = seen.filter(({ run }) => run === end.runId);
        const runId = `${end.runId} in memory`;
        const memory = await runInMemory(workflows[index]!, 'input', { runId, seed: index });
        const inMemory = seen.filter(({ run }) => run === runId);

        expect(comparable(end), about).toEqual({
          status: memory.end.kind,
          content: memory.end.kind === 'completed' ? memory.end.content : null,
          error: memory.end.kind === 'failed' ? memory.end.error : null,
          stepResults: timeless(memory.results),
          metrics: timeless(memory.metrics),
        });
        expect(sights(onServer), about).toEqual(sights(inMemory));
        expect(branches(events), about).toEqual(branches(asRunEvents(memory.events)));
        await checkMoments(bed.client, end, events);
        expect(await read(bed.client.streamRun(end.runId)), about).toEqual(events);
        for (const now of progress) expectPart(now.stepResults, end.stepResults);
      }
    },
  );
});

async function followed(
  client: Outlast,
  workflow: Workflow,
): Promise<{
  readonly end: FinishedRun;
  readonly progress: readonly Run[];
  readonly events: readonly RunEvent[];
}> {
  const run = await client.run(workflow, 'input', { background: true });
  const reading = read(client.streamRun(run.runId));
  const progress: Run[] = [];
  const end = await run.wait({ onProgress: (now) => progress.push(now) });
  return { end, progress, events: await reading };
}

function comparable(run: FinishedRun): unknown {
  const { status, content, error, stepResults, metrics } = run.toJSON();
  return {
    ...{ status, content, error },
    ...{ stepResults: timeless(stepResults), metrics: timeless(metrics) },
  };
}

function sights(all: readonly Sight[]): unknown {
  return [...all]
    .sort((one, other) => one.key.localeCompare(other.key) || one.attempt - other.attempt)
    .map(({ run: _run, ...sight }) => sight);
}

/** Each beginning of the history gives what had ended by then, and nothing that the end contradicts. */
async function checkMoments(
  { server }: Outlast,
  run: FinishedRun,
  told: readonly RunEvent[],
): Promise<void> {
  const events: HistoryEvent[] = [];
  const executions = await executionsUntil(server, run);
  for await (const page of eventsOf(server, executions)) events.push(...page);
  const converter = server.client.options.loadedDataConverter;
  const recording = new Recording(converter);
  let ended = 0;
  for (const [index, event] of events.entries()) {
    await recording.add([event]);
    expect(recording.events).toEqual(told.slice(0, recording.events.length));
    if (index % 10 === 0) {
      const atOnce = new Recording(converter);
      await atOnce.add(events.slice(0, index + 1));
      expect(atOnce.events).toEqual(recording.events);
    }
    ended += isEndOfCall(event, events) ? 1 : 0;
    const { stepResults } = recording.view();
    expect(leaves(stepResults).filter(({ name }) => !name.startsWith('Agent'))).toHaveLength(ended);
    expectPart(stepResults, run.stepResults);
  }
  expect(recording.view().stepResults).toEqual(run.stepResults);
  expect(recording.events).toEqual(told);
}

/** As a reader is given them, but for what only a run on a server has. */
function asRunEvents(events: readonly WalkEvent[]): readonly RunEvent[] {
  const log = new EventLog();
  for (const event of events) log.ofANode(event);
  return log.events;
}

/**
 * What the nodes told, by the branch of the innermost Parallel around them: beyond a branch there is no order. Nor is there
 * among the tools of a turn.
 */
function branches(events: readonly RunEvent[]): ReadonlyMap<string, readonly unknown[]> {
  const parallels = new Set<string>();
  const told = new Map<string, unknown[]>();
  for (const event of events) {
    if (!('stepPath' in event)) continue;
    const { stepPath } = event;
    if (event.event === 'ParallelExecutionStarted') parallels.add(stepPath);
    const names = stepPath.split('/');
    const above = names.map((_, length) => names.slice(0, length).join('/'));
    const depth = above.findLastIndex((path) => parallels.has(path));
    const branch = names.slice(0, depth + 1).join('/');
    const key = 'tool' in event ? `${stepPath} tools ${String(event.turn)}` : branch;
    const { runId, workflowId, workflowName, sessionId, offset, createdAt, ...what } = event;
    told.set(key, [...(told.get(key) ?? []), timeless(what)]);
  }
  for (const [key, what] of told) if (key.includes(' tools ')) told.set(key, sorted(what));
  return told;
}

function sorted(what: readonly unknown[]): unknown[] {
  return what.toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
}

function isEndOfCall(event: HistoryEvent, events: readonly HistoryEvent[]): boolean {
  const id =
    event.activityTaskCompletedEventAttributes?.scheduledEventId ??
    event.activityTaskFailedEventAttributes?.scheduledEventId;
  if (!id) return false;
  // Where the run went on in another execution the numbers of events begin anew.
  const before = events.slice(0, events.indexOf(event));
  const scheduled = before.findLast(({ eventId }) => String(eventId) === String(id));
  const activityId = scheduled?.activityTaskScheduledEventAttributes?.activityId ?? '';
  // Of an agent's calls only the last is the end of its step.
  return !activityId.startsWith('outlast.') && !/\/(?:turn|call)\//.test(activityId);
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
