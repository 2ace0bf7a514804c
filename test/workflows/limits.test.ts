import { describe, expect, test } from 'vitest';
import { InputTooLargeError, Parallel, Step, Steps, Workflow } from '../../src/index.js';
import { finished, testBed } from '../support/temporal.js';

const MB = 1_000_000;

describe('what is too large for Temporal', () => {
  test('an input of 5 MB is refused at once, and leaves no run behind', async () => {
    const { client } = await testBed();
    const workflow = new Workflow({ name: 'Echo', steps: [({ input }) => input] });
    const before = Date.now();
    const start = workflow.run('x'.repeat(5 * MB), {
      background: true,
      runId: 'too-large',
      client,
    });
    await expect(start).rejects.toThrow(InputTooLargeError);
    await expect(start).rejects.toThrow(/Echo: .*1900000 bytes.*got 5000004/);
    expect(Date.now() - before).toBeLessThan(1_000);
    expect(await workflow.getRun('too-large', { client })).toBeNull();
  });

  test('a result of 3 MB fails its step at the first attempt', async () => {
    const { complete } = await testBed();
    let calls = 0;
    const large = (): string => {
      calls += 1;
      return 'x'.repeat(3 * MB);
    };
    const run = await complete(new Workflow({ name: 'Large', steps: [large] }));
    expect(run.status).toBe('failed');
    expect(run.error).toMatchObject({ code: 'OUTPUT_TOO_LARGE', step: 'large', attempts: 1 });
    expect(String(run.error)).toMatch(/large: the result takes 3000014 bytes/);
    expect(calls).toBe(1);
  });

  test('three outputs of 1 MB, joined, are the content of the run although no result can hold it', async () => {
    const { complete } = await testBed();
    const part = (letter: string): Step =>
      new Step({ name: letter, executor: () => letter.repeat(MB) });
    const workflow = new Workflow({
      name: 'Joined',
      steps: [new Parallel({ steps: [part('a'), part('b'), part('c')] })],
    });
    const run = await complete(workflow);
    expect(run.status).toBe('completed');
    expect(run.content).toHaveLength(3 * MB + 3 * '=== a ===\n'.length + 2 * '\n\n'.length);
  });

  test('three outputs of 1 MB, joined, flow on into the next step', async () => {
    const { complete } = await testBed();
    const part = (letter: string): Step =>
      new Step({ name: letter, executor: () => letter.repeat(MB) });
    const length = new Step({
      name: 'Length',
      executor: (input) => String(input.previousStepContent).length,
    });
    const parts = new Parallel({ steps: [part('a'), part('b'), part('c')] });
    const run = await complete(
      new Workflow({ name: 'Joined', steps: [new Steps({ steps: [parts] }), length] }),
    );
    expect(run.content).toBe(3_000_034);
  });

  test('a state of 3 MB fails the step that is to get it, and the run says which', async () => {
    const { complete } = await testBed();
    const fill = (letter: string): Step =>
      new Step({
        name: letter,
        executor: (_, { sessionState }) => {
          sessionState[letter] = letter.repeat(MB);
        },
      });
    // Each change is small enough, and the join of branches makes one of them that isn't.
    const workflow = new Workflow({
      name: 'State',
      steps: [
        new Parallel({ steps: [fill('a'), fill('b'), fill('c')] }),
        new Step({ name: 'Next', executor: () => 'never' }),
      ],
    });
    const run = await complete(workflow);
    expect(run.error).toMatchObject({ code: 'OUTPUT_TOO_LARGE', step: 'Next', attempts: 0 });
    expect(run.stepResults.map(({ name, success }) => [name, success])).toEqual([
      ['Parallel', true],
      ['Next', false],
    ]);
  });

  test('a step that is skipped for its size lets the run go on, for readers too', async () => {
    const { complete } = await testBed();
    const grow = new Step({
      name: 'Grow',
      executor: (_, { sessionState }) => {
        sessionState['large'] = 'x'.repeat(MB);
        return 'grown';
      },
    });
    const other = new Step({
      name: 'Other',
      executor: (_, { sessionState }) => {
        sessionState['other'] = 'x'.repeat(MB);
        return 'grown';
      },
    });
    const workflow = new Workflow({
      name: 'Skips',
      steps: [
        new Parallel({ steps: [grow, other] }),
        new Step({ name: 'Skipped', executor: () => 'never', onError: 'skip' }),
      ],
    });
    const run = await complete(workflow);
    expect(run.status).toBe('completed');
    expect(run.stepResults[1]).toMatchObject({ name: 'Skipped', skipped: true, success: false });
  });

  test('a run whose timeout is over fails, and keeps what it has', async () => {
    const { client, worker } = await testBed();
    const workflow = new Workflow({
      name: 'Slow',
      steps: [
        () => 'first',
        new Step({
          name: 'Endless',
          executor: (_, { signal }) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => {
                reject(signal.reason as Error);
              });
            }),
        }),
      ],
    });
    await worker([workflow]);
    const run = await finished(
      await workflow.run(null, { background: true, timeout: '500ms', client }),
    );
    expect(run.error).toMatchObject({ code: 'RUN_TIMEOUT' });
    expect(run.stepResults.map(({ content, error }) => [content, error])).toEqual([
      ['first', null],
      [null, 'cancelled'],
    ]);
  });
});
