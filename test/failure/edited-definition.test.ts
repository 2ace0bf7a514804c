import { describe, expect, test } from 'vitest';
import {
  Parallel,
  Step,
  Steps,
  Workflow,
  type Executor,
  type Json,
  type Node,
} from '../../src/index.js';
import { finished, testBed, type TestBed } from '../support/temporal.js';

const step = (name: string, executor: Executor<Json> = () => name, aliases: string[] = []): Step =>
  new Step({ name, executor, aliases });

interface Gate {
  /** A step that waits until the gate is opened. */
  readonly step: Step;
  /** Resolves when the step has begun. */
  readonly reached: Promise<void>;
  open(): void;
}

function gate(name: string): Gate {
  let open: () => void = () => undefined;
  let reach: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const executor = async (): Promise<string> => {
    reach();
    await opened;
    return name;
  };
  return { step: step(name, executor), reached, open };
}

/** Starts a run with the steps before, lets it stand in the gate, and has a worker with the steps after go on. */
async function edited(
  bed: TestBed,
  before: (held: Step) => readonly Node<Json>[],
  after: (held: Step) => readonly Node<Json>[],
): Promise<ReturnType<typeof finished>> {
  const held = gate('Held');
  const old = new Workflow({ name: 'Edited', steps: before(held.step) });
  const worker = await bed.worker([old], { shutdownGrace: '5 seconds' });
  const run = await bed.client.run(old, null, { background: true });
  await held.reached;
  const edit = new Workflow({ name: 'Edited', steps: after(step('Held')) });
  await bed.worker([edit]);
  const closed = worker.close();
  held.open();
  await closed;
  return finished(run);
}

const names = (run: Awaited<ReturnType<typeof edited>>): string[] =>
  run.stepResults.map(({ name, content }) => `${name}: ${String(content)}`);

describe('a run in flight does what its plan says', () => {
  test('when a step is inserted before what runs', async () => {
    const run = await edited(
      await testBed(),
      (held) => [held, step('End')],
      (held) => [step('New'), held, step('End')],
    );
    expect(names(run)).toEqual(['Held: Held', 'End: End']);
  });

  test('when a step is inserted after what runs', async () => {
    const run = await edited(
      await testBed(),
      (held) => [held, step('End')],
      (held) => [held, step('New'), step('End')],
    );
    expect(names(run)).toEqual(['Held: Held', 'End: End']);
  });

  test('when a step is inserted inside the container that runs', async () => {
    const run = await edited(
      await testBed(),
      (held) => [new Steps({ name: 'S', steps: [held, step('End')] })],
      (held) => [new Steps({ name: 'S', steps: [held, step('New'), step('End')] })],
    );
    expect(run.content).toBe('End');
    expect(run.stepResults[0]?.steps.map(({ name }) => name)).toEqual(['Held', 'End']);
  });

  test('when a branch is inserted into the Parallel that runs', async () => {
    const run = await edited(
      await testBed(),
      (held) => [new Parallel({ name: 'P', steps: [held, step('Other')] }), step('End')],
      (held) => [
        new Parallel({ name: 'P', steps: [step('New'), held, step('Other')] }),
        step('End'),
      ],
    );
    expect(run.stepResults[0]?.content).toBe('=== Held ===\nHeld\n\n=== Other ===\nOther');
  });

  test('when the steps after it are swapped', async () => {
    const run = await edited(
      await testBed(),
      (held) => [held, step('A'), step('B')],
      (held) => [step('B'), step('A'), held],
    );
    expect(names(run)).toEqual(['Held: Held', 'A: A', 'B: B']);
  });

  test("with the new body when a step's function is changed", async () => {
    const run = await edited(
      await testBed(),
      (held) => [held, step('End', () => 'old')],
      (held) => [held, step('End', () => 'new')],
    );
    expect(names(run)).toEqual(['Held: Held', 'End: new']);
  });

  test('when a step is renamed, by its alias', async () => {
    const run = await edited(
      await testBed(),
      (held) => [held, step('End')],
      (held) => [held, step('Finish', () => 'renamed', ['End'])],
    );
    expect(names(run)).toEqual(['Held: Held', 'End: renamed']);
  });

  test('when the container around a step is renamed, by its alias', async () => {
    const run = await edited(
      await testBed(),
      (held) => [held, new Steps({ name: 'Old', steps: [step('End')] })],
      (held) => [
        held,
        new Steps({ name: 'New', aliases: ['Old'], steps: [step('End', () => 'found')] }),
      ],
    );
    expect(run.content).toBe('found');
  });
});

describe('a run in flight waits, and says what is missing', () => {
  test.each([
    ['a step is renamed without an alias', [step('Finish', () => 'never')]],
    ['a step is removed', []],
  ])('when %s', async (_, rest) => {
    const bed = await testBed();
    const held = gate('Held');
    const old = new Workflow({ name: 'Edited', steps: [held.step, step('End')] });
    const worker = await bed.worker([old]);
    const run = await bed.client.run(old, null, { background: true });
    await held.reached;
    const edit = new Workflow({ name: 'Edited', steps: [step('Held'), ...rest] });
    const replaced = await bed.worker([edit]);
    const closed = worker.close();
    held.open();
    await closed;
    // A worker that stops may be given a task that it never sees: the server notices after 10 s.
    await expect
      .poll(async () => (await run.refresh()).health, { timeout: 30_000 })
      .toMatchObject({ state: 'retrying', code: 'STEP_NOT_ON_WORKER', step: 'End' });
    await replaced.close();
    await bed.worker([old]);
    expect((await finished(run)).content).toBe('End');
  });
});
