import { expect, test } from 'vitest';
import {
  ForEach,
  Loop,
  Step,
  StepOutput,
  Steps,
  Workflow,
  type ForEachOptions,
} from '../../src/index.js';
import { runInMemory } from '../support/memory-host.js';
import { outcomeOf, says } from '../support/nodes.js';

const forEach = (options: Partial<ForEachOptions>): ForEach =>
  new ForEach({ name: 'F', items: () => [1, 2, 3], step: twice, ...options });

const twice = new Step({
  name: 'twice',
  executor: ({ previousStepContent: item }) => Number(item) * 2,
});

/** Fails with an item that is even. */
const odd = (onError: 'fail' | 'skip'): Step =>
  new Step({
    name: 'odd',
    onError,
    executor: ({ previousStepContent: item }) => {
      if (Number(item) % 2 === 0) throw new Error(`${String(item)} is even`);
      return item;
    },
  });

test('its content is the list of what its node gave for each item', async () => {
  expect(await outcomeOf([forEach({})])).toMatchObject({ content: [2, 4, 6] });
});

test.each([
  ['a function', [forEach({ items: (() => ({ a: 1 })) as never })], 'its items', '{"a":1}'],
  ['nothing', [forEach({ items: (() => undefined) as never })], 'its items', 'null'],
  ['a step', [says('A'), forEach({ items: 'A' })], "the content of 'A'", '"A"'],
  ['an unknown step', [forEach({ items: 'A' })], "the content of 'A'", 'null'],
])('without a list, of %s, it fails', async (_, steps, what, got) => {
  const { error, results } = await outcomeOf(steps);
  expect(error).toMatchObject({
    code: 'ANSWER_INVALID',
    step: 'F',
    message: `F: ${what} must be a list, got ${got}`,
  });
  expect(results.at(-1)).toMatchObject({ name: 'F', success: false, steps: [] });
});

test('without items it is skipped', async () => {
  const { content, results } = await outcomeOf([says('before'), forEach({ items: () => [] })]);
  expect(content).toBe('before');
  expect(results[1]).toMatchObject({ skipped: true, success: true, steps: [] });
});

test('an item whose step is skipped gives null', async () => {
  const { content, results } = await outcomeOf([forEach({ step: odd('skip') })]);
  expect(content).toEqual([1, null, 3]);
  expect(results).toMatchObject([
    { success: false, skipped: false, steps: [{}, { skipped: true, error: '2 is even' }, {}] },
  ]);
});

test('the first item that fails, in their order, names the error, and all others settle', async () => {
  const items = () => [1, 2, 3, 4];
  for (const seed of [1, 2, 3]) {
    const { error, results } = await outcomeOf([forEach({ items, step: odd('fail') })], { seed });
    expect(error).toMatchObject({ message: '2 is even', step: 'F/odd' });
    expect(results[0]).toMatchObject({ success: false, error: '2 is even', content: null });
    expect(results[0]?.steps.map(({ content }) => content)).toEqual([1, null, 3, null]);
  }
});

test('a stop of an item ends the run after all items', async () => {
  const stop = new Step({
    name: 's',
    executor: ({ previousStepContent: item }) =>
      new StepOutput({ content: item, stop: item === 1 }),
  });
  const { content, results } = await outcomeOf([forEach({ step: stop }), says('after')]);
  expect(content).toEqual([1, 2, 3]);
  expect(results).toMatchObject([{ name: 'F', stop: true }]);
});

test('may stand in itself, and in a loop', async () => {
  const inner = forEach({ items: ({ previousStepContent: item }) => [item, item] });
  const { content, calls } = await outcomeOf([forEach({ name: 'Outer', step: inner })]);
  expect(content).toEqual([
    [2, 2],
    [4, 4],
    [6, 6],
  ]);
  expect([...calls.keys()]).toContain('Outer/F/twice#3.2');

  const again = new Loop({
    maxIterations: 3,
    forwardIterationOutput: true,
    steps: [forEach({ items: ({ previousStepContent }) => (previousStepContent ?? [1, 2]) as [] })],
  });
  expect(await outcomeOf([again])).toMatchObject({ content: [8, 16] });
});

test('its items see what a node in its place sees, and not each other', async () => {
  const look = new Step({
    name: 'look',
    executor: (input) => [...input.previousStepOutputs.keys()],
  });
  const each = new Steps({ name: 'Each', steps: [says('a'), look] });
  const { content } = await outcomeOf([says('A'), forEach({ step: each })]);
  expect(content).toEqual([
    ['A', 'a'],
    ['A', 'a'],
    ['A', 'a'],
  ]);
});

test('no more than maxConcurrency items are at work at once', async () => {
  let at = 0;
  let most = 0;
  const step = new Step({
    name: 's',
    executor: async () => {
      most = Math.max(most, ++at);
      await new Promise((resolve) => setImmediate(resolve));
      at -= 1;
    },
  });
  const items = () => Array.from({ length: 40 }, (_, index) => index);
  await outcomeOf([forEach({ items, step })]);
  expect(most).toBe(10);
  most = 0;
  await outcomeOf([forEach({ items, step, maxConcurrency: 3 })]);
  expect(most).toBe(3);
});

test('whatever ends first, state is joined in the order of the items', async () => {
  const step = new Step({
    name: 's',
    executor: ({ previousStepContent: item }, { sessionState }) => {
      sessionState['last'] = item;
      (sessionState['list'] as unknown[]).push(item);
    },
  });
  for (const seed of [1, 2, 3, 4]) {
    const { content } = await outcomeOf(
      [forEach({ step }), new Step({ name: 'look', executor: (_, c) => c.sessionState })],
      { seed, sessionState: { list: [0] } },
    );
    expect(content).toEqual({ last: 3, list: [0, 1, 2, 3] });
  }
});

test('its items may be runs of a workflow, which fail as steps do', async () => {
  const check = new Step({
    name: 'check',
    executor: ({ input: item }) => {
      if (item === 2) throw new Error('2 is even');
      return item;
    },
  });
  const inner = new Workflow({ name: 'Inner', maxRetries: 0, steps: [check] });
  const skip = new Step({ name: 'skip', workflow: inner, onError: 'skip' });
  const skipped = await outcomeOf([forEach({ step: skip })]);
  expect(skipped.content).toEqual([1, null, 3]);
  const failed = await outcomeOf([forEach({ step: inner })]);
  expect(failed.error).toMatchObject({ message: '2 is even', step: 'F/Inner' });
});

test('a run that is cancelled ends the runs that are its steps', async () => {
  const cancel = new AbortController();
  const inner = new Workflow({
    name: 'Inner',
    steps: [
      new Step({
        name: 'slow',
        executor: () => {
          setImmediate(() => {
            cancel.abort();
          });
          return new Promise(() => undefined);
        },
      }),
    ],
  });
  const workflow = new Workflow({ name: 'W', steps: [says('a'), forEach({ step: inner })] });
  const { end, results } = await runInMemory(workflow, null, {
    signal: cancel.signal,
  });
  expect(end.kind).toBe('cancelled');
  expect(results[1]).toMatchObject({ name: 'F', success: false, error: 'cancelled' });
});
