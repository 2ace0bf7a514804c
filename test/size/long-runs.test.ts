/** Large runs; `npm run test:size` runs them in full, `npm test` a tenth of each. What they take is in docs/limits.md. */
import { expect, test } from 'vitest';
import { historyOf, type HistoryPart } from '../support/executions.js';
import { finished, testBed, type TestBed } from '../support/temporal.js';
import {
  ForEach,
  Loop,
  Step,
  Workflow,
  type FinishedRun,
  type Run,
  type RunEvent,
  type StepResult,
} from '../../src/index.js';
import { connect } from '../../src/client/index.js';
import type { AnyWorkflow } from '../../src/definition/is-workflow.js';
import { SEGMENT_EVENTS_OPTION } from '../../src/worker/create-worker.js';

const isFull = process.env['OUTLAST_TEST_SIZE'] === 'full';
const SHARE = isFull ? 1 : 0.1;
/** A tenth of a run goes on in another execution as often as the whole would, after a tenth of the events. */
const OPTIONS = isFull ? {} : { [SEGMENT_EVENTS_OPTION]: 800 };
const WITHIN = 1_200_000;

/** Temporal warns beyond them. */
const WARNED_EVENTS = 10_240;
const WARNED_BYTES = 10 * 1024 * 1024;

interface Large {
  readonly bed: TestBed;
  readonly run: FinishedRun;
  readonly parts: readonly HistoryPart[];
}

/** Runs it, prints what it took, and looks at what holds for every run. */
async function complete(title: string, workflow: AnyWorkflow): Promise<Large> {
  const bed = await testBed();
  await bed.worker([workflow], { concurrency: 100, ...OPTIONS });
  const began = Date.now();
  const started = await bed.client.run(workflow, null as never, { background: true });
  const run = await finished(started as Run, WITHIN);
  const took = Date.now() - began;
  const parts = await historyOf(bed.client, run.runId);
  await using other = await connect({ address: bed.address });
  const beforeRead = Date.now();
  expect((await other.getRun(run.runId))?.stepResults).toEqual(run.stepResults);
  const read = Date.now() - beforeRead;

  for (const { events, bytes } of parts) {
    expect(events).toBeLessThan(WARNED_EVENTS);
    expect(bytes).toBeLessThan(WARNED_BYTES);
  }
  const most = (key: keyof HistoryPart): number => Math.max(...parts.map((part) => part[key]));
  const facts = {
    status: run.status,
    seconds: took / 1_000,
    executions: parts.length,
    mostEvents: most('events'),
    mostBytes: most('bytes'),
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    readInSeconds: read / 1_000,
  };
  process.stdout.write(`${title}: ${JSON.stringify(facts)}\n`);
  return { bed, run, parts };
}

/** The run's events, each with the offset that follows on the one before. */
async function eventsOf({ bed, run }: Large): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of bed.client.streamRun(run.runId)) events.push(event);
  expect(events.map(({ offset }) => offset)).toEqual(events.map((_, index) => index));
  return events;
}

function count(events: readonly RunEvent[], name: RunEvent['event']): number {
  return events.filter(({ event }) => event === name).length;
}

const contents = (results: readonly StepResult[]): unknown[] =>
  results.map(({ content }) => content);

test(
  'a loop of 5,000 passes',
  async () => {
    const passes = 5_000 * SHARE;
    const calls = new Map<number, number>();
    const large = await complete(
      `a loop of ${String(passes)} passes`,
      new Workflow({
        name: 'Passes',
        steps: [
          new Loop({
            maxIterations: passes + 10,
            forwardIterationOutput: true,
            endCondition: ([last]) => last?.content === passes,
            steps: [
              new Step({
                name: 'Count',
                executor: ({ previousStepContent }) => {
                  const next = Number(previousStepContent ?? 0) + 1;
                  calls.set(next, (calls.get(next) ?? 0) + 1);
                  return next;
                },
              }),
            ],
          }),
        ],
      }),
    );
    expect(large.run.content).toBe(passes);
    expect(large.parts.length).toBeGreaterThan(1);
    expect(calls.size).toBe(passes);
    expect([...calls.values()].filter((times) => times !== 1)).toEqual([]);
    const [loop] = large.run.stepResults;
    expect(loop?.steps.map(({ content }) => content)).toEqual(numbers(passes, 1));
    const events = await eventsOf(large);
    expect(count(events, 'StepCompleted')).toBe(passes);
    expect(count(events, 'LoopIterationCompleted')).toBe(passes);
  },
  WITHIN,
);

test(
  'a ForEach of 10,000 items of 100 bytes',
  async () => {
    const items = numbers(10_000 * SHARE, 0).map((n) => String(n).padStart(98, '.'));
    const large = await complete(
      `a ForEach of ${String(items.length)} items of 100 bytes`,
      new Workflow({
        name: 'Items',
        steps: [
          new ForEach({
            name: 'Each',
            items: () => items,
            maxConcurrency: 100,
            step: new Step({
              name: 'Item',
              executor: ({ previousStepContent }) => previousStepContent,
            }),
          }),
          new Step({
            name: 'Last',
            executor: ({ previousStepContent }) => (previousStepContent as string[]).at(-1),
          }),
        ],
      }),
    );
    expect(large.run.content).toBe(items.at(-1));
    expect(large.parts.length).toBeGreaterThan(1);
    expect(contents(large.run.stepResults[0]?.steps ?? [])).toEqual(items);
    expect(count(await eventsOf(large), 'StepCompleted')).toBe(items.length + 1);
  },
  WITHIN,
);

test(
  'a ForEach of 10,000 items of 1 KB is refused by its name: no call can give so many',
  async () => {
    // Not a tenth: the rule is about the sum of the items.
    const { run } = await complete(
      'a ForEach of 10,000 items of 1 KB',
      new Workflow({
        name: 'Large items',
        steps: [
          new ForEach({
            name: 'Each',
            items: () => numbers(10_000, 0).map((n) => String(n).padStart(998, '.')),
            step: new Step({ name: 'Item', executor: () => 'unreached' }),
          }),
        ],
      }),
    );
    expect(run.error).toMatchObject({ code: 'OUTPUT_TOO_LARGE', step: 'Each', attempts: 1 });
    expect(run.error?.message).toMatch(/^Each: the result takes 10010013 bytes/);
  },
  WITHIN,
);

test(
  'a run of 2,000 steps',
  async () => {
    const steps = numbers(2_000 * SHARE, 1).map(
      (n) =>
        new Step({
          name: `step ${String(n)}`,
          executor: (input) => Number(input.previousStepContent ?? 0) + 1,
        }),
    );
    const large = await complete(
      `a run of ${String(steps.length)} steps`,
      new Workflow({
        name: 'Steps',
        steps: [
          ...steps,
          new Step({
            name: 'All',
            executor: (input) => [
              input.previousStepOutputs.size,
              input.getStepContent('step 1'),
              input.previousStepContent,
            ],
          }),
        ],
      }),
    );
    expect(large.run.content).toEqual([steps.length, 1, steps.length]);
    expect(large.parts.length).toBeGreaterThan(1);
    expect(contents(large.run.stepResults).slice(0, -1)).toEqual(numbers(steps.length, 1));
    expect(count(await eventsOf(large), 'StepCompleted')).toBe(steps.length + 1);
  },
  WITHIN,
);

test('20 steps of 10 KB each, which all see all before them, take less than 0.5 MB', async () => {
  const text = 'x'.repeat(10_000);
  const steps = numbers(20, 1).map(
    (n) =>
      new Step({
        name: `step ${String(n)}`,
        executor: (input) =>
          input.previousStepOutputs.size === n - 1 &&
          [...input.previousStepOutputs.values()].every(({ content }) => content === text)
            ? text
            : 'wrong',
      }),
  );
  const { run, parts } = await complete('20 steps of 10 KB', new Workflow({ name: 'KB', steps }));
  expect(run.content).toBe(text);
  expect(parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(500_000);
});

test('a run that goes on in its third execution is cancelled by its id', async () => {
  const bed = await testBed();
  const workflow = new Workflow({
    name: 'Without end',
    steps: [
      new Loop({ maxIterations: 10_000, steps: [new Step({ name: 'Go', executor: () => 1 })] }),
    ],
  });
  await bed.worker([workflow], { [SEGMENT_EVENTS_OPTION]: 100 });
  const run = await bed.client.run(workflow, null, { background: true });
  const handle = bed.client.server.client.workflow.getHandle(run.runId);
  const seen = new Set<string>();
  const until = Date.now() + 60_000;
  while (seen.size < 3 && Date.now() < until) {
    seen.add((await handle.describe()).runId);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(seen.size).toBeGreaterThanOrEqual(3);
  await run.cancel();
  const end = await finished(run);
  expect(end.status).toBe('cancelled');
  expect(end.stepResults[0]?.steps.length).toBeGreaterThan(20);
}, 120_000);

function numbers(length: number, from: number): number[] {
  return Array.from({ length }, (_, index) => index + from);
}
