import { expect, test } from 'vitest';
import { Condition, Step, StepOutput } from '../../src/index.js';
import { failing, outcomeOf, says } from '../support/nodes.js';

const condition = (evaluator: unknown, ...elseSteps: Step[]): Condition =>
  new Condition({
    name: 'C',
    evaluator: evaluator as never,
    steps: [says('yes')],
    ...(elseSteps.length > 0 && { elseSteps }),
  });

test.each([
  ['undefined', () => undefined, 'null'],
  ['null', () => null, 'null'],
  ['a number', () => 1, '1'],
  ['a string', () => 'true', '"true"'],
  ['a list', async () => [true], '[true]'],
])('an evaluator that answers %s fails it', async (_, evaluator, got) => {
  const { error, results } = await outcomeOf([condition(evaluator), says('after')]);
  expect(error).toMatchObject({
    code: 'ANSWER_INVALID',
    step: 'C',
    message: `C: the evaluator must answer true or false, got ${got}`,
  });
  expect(results).toMatchObject([{ name: 'C', success: false, content: null, steps: [] }]);
});

test('what an evaluator throws fails it, and the evaluator is asked once', async () => {
  let asked = 0;
  const evaluator = (): never => {
    asked += 1;
    throw new TypeError('no idea');
  };
  const { error } = await outcomeOf([condition(evaluator)]);
  expect(error).toMatchObject({ code: 'STEP_FAILED', message: 'no idea', step: 'C', attempts: 1 });
  expect(asked).toBe(1);
});

test('an evaluator may look at the session state, and not change it', async () => {
  const evaluator = (_: unknown, { sessionState }: { sessionState: object }): boolean => {
    (sessionState as { n: number }).n = 2;
    return true;
  };
  const { error } = await outcomeOf([condition(evaluator)], { sessionState: { n: 1 } });
  expect(error).toMatchObject({ type: 'TypeError', step: 'C' });
});

test('one that is not met is skipped: what came before flows on', async () => {
  const { content, results } = await outcomeOf([says('before'), condition(() => false)]);
  expect(content).toBe('before');
  expect(results[1]).toMatchObject({ skipped: true, success: true, content: null, steps: [] });
});

test('a failure and a stop within it go outward', async () => {
  const failed = await outcomeOf([condition(() => false, failing('no')), says('after')]);
  expect(failed.error).toMatchObject({ message: 'no', step: 'C/no' });
  expect(failed.results).toMatchObject([{ success: false, error: 'no', steps: [{ name: 'no' }] }]);

  const stop = new Step({ name: 's', executor: () => new StepOutput({ content: 1, stop: true }) });
  const stopped = await outcomeOf([condition(() => false, stop, says('more')), says('after')]);
  expect(stopped.content).toBe(1);
  expect(stopped.results).toMatchObject([{ name: 'C', stop: true, steps: [{ name: 's' }] }]);
});

test('a given answer is asked of nobody', async () => {
  const { content, calls } = await outcomeOf([condition(true)]);
  expect([content, [...calls.keys()]]).toEqual(['yes', ['C/yes#1']]);
});
