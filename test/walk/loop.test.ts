import { expect, test } from 'vitest';
import { Loop, Step, StepOutput, type Json, type LoopOptions } from '../../src/index.js';
import { failing, outcomeOf, says } from '../support/nodes.js';

const loop = (options: Partial<LoopOptions>): Loop =>
  new Loop({ name: 'L', steps: [appends('.')], ...options });

/** What flows in, with something after it. */
function appends(text: string): Step {
  return new Step({
    name: `append ${text}`,
    executor: ({ previousStepContent }) => `${String(previousStepContent ?? '')}${text}`,
  });
}

test('without an end condition it takes all of its iterations, each from what flowed in', async () => {
  const { content, results } = await outcomeOf([says('a'), loop({ maxIterations: 4 })]);
  expect(content).toBe('a.');
  expect(results[1]?.steps).toHaveLength(4);
});

test('with forwardIterationOutput each iteration begins with what the one before gave', async () => {
  const forward = loop({ maxIterations: 4, forwardIterationOutput: true });
  expect(await outcomeOf([says('a'), forward])).toMatchObject({ content: 'a....' });
});

test('of no iterations is skipped', async () => {
  const { content, results, calls } = await outcomeOf([
    says('a'),
    loop({ maxIterations: 0, endCondition: () => true }),
  ]);
  expect(content).toBe('a');
  expect(results[1]).toMatchObject({ name: 'L', skipped: true, steps: [] });
  expect([...calls.keys()]).toEqual(['a#1']);
});

test.each([
  ['undefined', () => undefined, 'null'],
  ['a string', () => 'yes', '"yes"'],
  ['a list', () => ['x'.repeat(200)], `["${'x'.repeat(75)}…`],
])('an end condition that answers %s fails it', async (_, endCondition, got) => {
  const { error, results } = await outcomeOf([loop({ endCondition: endCondition as never })]);
  expect(error).toMatchObject({
    code: 'ANSWER_INVALID',
    step: 'L',
    message: `L: the end condition must answer true or false, got ${got}`,
  });
  expect(results).toMatchObject([{ success: false, steps: [{ content: '.' }] }]);
});

test('what an end condition throws after the last iteration fails it too', async () => {
  const endCondition = (): boolean => {
    asked += 1;
    if (asked === 2) throw new RangeError('boom');
    return false;
  };
  let asked = 0;
  const { error, results, events } = await outcomeOf([loop({ endCondition, maxIterations: 2 })]);
  expect(error).toMatchObject({ code: 'STEP_FAILED', message: 'boom', type: 'RangeError' });
  expect(results[0]?.steps).toHaveLength(2);
  const told = events.map(({ event }) => event).filter((event) => event.startsWith('Loop'));
  expect(told).toEqual([
    ...['LoopExecutionStarted', 'LoopIterationStarted', 'LoopIterationCompleted'],
    'LoopIterationStarted',
  ]);
});

test('an end condition sees one iteration, and not its changes of what it is given', async () => {
  const seen: Json[] = [];
  await outcomeOf([
    loop({
      steps: [says('a'), failing('b', 'skip')],
      maxIterations: 2,
      endCondition: (outputs, { sessionState }) => {
        seen.push([outputs.map(({ name, skipped }) => [name, skipped]), sessionState['n'] ?? null]);
        (outputs as unknown[]).length = 0;
        return false;
      },
    }),
  ]);
  const iteration = [
    ['a', false],
    ['b', true],
  ] as const;
  expect(seen).toEqual([
    [iteration, null],
    [iteration, null],
  ]);
});

test('an end condition cannot change the session state', async () => {
  const endCondition: LoopOptions['endCondition'] = (_, { sessionState }) => {
    (sessionState as { list: number[] }).list.push(1);
    return true;
  };
  const { error } = await outcomeOf([loop({ endCondition })], { sessionState: { list: [] } });
  expect(error).toMatchObject({ type: 'TypeError', step: 'L' });
});

test('iterations that are skipped forward what had flowed in', async () => {
  const seen: Json[] = [];
  const flaky = new Step({
    name: 'flaky',
    onError: 'skip',
    executor: ({ previousStepContent }) => {
      seen.push(previousStepContent);
      if (seen.length !== 2) throw new Error('not now');
      return 'second';
    },
  });
  const { content, results } = await outcomeOf([
    says('a'),
    loop({ steps: [flaky], maxIterations: 4, forwardIterationOutput: true }),
  ]);
  expect(seen).toEqual(['a', 'a', 'second', 'second']);
  expect(content).toBe('second');
  expect(results[1]?.steps.map(({ skipped }) => skipped)).toEqual([true, false, true, true]);
});

test('all of whose iterations are skipped is skipped', async () => {
  const steps = [failing('b', 'skip')];
  const { content, results } = await outcomeOf([
    says('a'),
    loop({ steps, maxIterations: 2, forwardIterationOutput: true }),
  ]);
  expect(content).toBe('a');
  expect(results[1]).toMatchObject({ skipped: true, success: false });
});

test('a stop ends it without a question, and a failure names its step', async () => {
  const stop = new Step({ name: 's', executor: () => new StepOutput({ content: 1, stop: true }) });
  const endCondition = (): never => {
    throw new Error('nobody asks');
  };
  const stopped = await outcomeOf([loop({ steps: [stop], endCondition }), says('after')]);
  expect(stopped).toMatchObject({ content: 1, results: [{ stop: true }] });
  expect(stopped.results[0]?.steps).toHaveLength(1);

  const failed = await outcomeOf([loop({ steps: [says('a'), failing('b')], endCondition })]);
  expect(failed.error).toMatchObject({ message: 'b', step: 'L/b' });
});
