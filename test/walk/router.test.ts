import { expect, test } from 'vitest';
import { Router, Step, Steps, type Json, type Selector } from '../../src/index.js';
import { failing, outcomeOf, says } from '../support/nodes.js';

const b = says('b');
const choices = [says('a'), b, new Steps({ name: 'S', steps: [says('c')] })];

const router = (selector: unknown): Router =>
  new Router({ name: 'R', selector: selector as Selector<Json>, choices });

test.each([
  ['a name', () => 'a', ['a'], 'a'],
  ['a node', () => b, ['b'], 'b'],
  ['names and nodes, in their order', async () => ['S', b], ['S', 'b'], 'b'],
  ['one name twice', () => ['a', 'S', 'a'], ['a', 'S', 'a'], 'a'],
])('a selector may answer %s', async (_, selector, names, content) => {
  const run = await outcomeOf([says('before'), router(selector)]);
  expect(run.content).toBe(content);
  expect(run.results[1]?.steps.map(({ name }) => name)).toEqual(names);
  expect(run.events.find(({ event }) => event === 'RouterExecutionStarted')).toMatchObject({
    selectedSteps: names,
  });
});

test.each([
  ['null', () => null],
  ['nothing', () => undefined],
  ['an empty list', () => []],
])('of a selector that answers %s it is skipped', async (_, selector) => {
  const { content, results } = await outcomeOf([says('before'), router(selector)]);
  expect(content).toBe('before');
  expect(results[1]).toMatchObject({ skipped: true, success: true, steps: [] });
});

test.each([
  ['an unknown name', () => 'd', '["d"]'],
  ['an unknown name among others', () => ['a', 'd'], '[["a"],"d"]'],
  ['a node that is no choice', () => says('elsewhere'), '["elsewhere"]'],
  ['a function that is no choice', () => function other() {}, '["other"]'],
  ['a node within a choice', () => 'c', '["c"]'],
  ['a number', () => 7, '[7]'],
  ['a boolean', () => true, '[true]'],
])('a selector that answers %s fails it, with the choices named', async (_, selector, got) => {
  const { error, results } = await outcomeOf([router(selector)]);
  expect(error).toMatchObject({
    code: 'ANSWER_INVALID',
    step: 'R',
    message: `R: the selector must name choices, which are a, b, S, got ${got}`,
  });
  expect(results).toMatchObject([{ name: 'R', success: false, steps: [] }]);
});

test('of choices of one name the first is meant by it, and a node means itself', async () => {
  const first = new Step({ name: 'same', executor: () => 'first' });
  const second = new Step({ name: 'same', executor: () => 'second' });
  const of = (selector: Selector<Json>): Router =>
    new Router({ selector, choices: [first, second] });
  expect(await outcomeOf([of(() => 'same')])).toMatchObject({ content: 'first' });
  expect(await outcomeOf([of(() => second)])).toMatchObject({ content: 'second' });
});

test('a bare function is chosen by its name or by itself', async () => {
  const bare = (): string => 'bare';
  const of = (selector: Selector<Json>): Router => new Router({ selector, choices: [bare] });
  expect(await outcomeOf([of(() => 'bare')])).toMatchObject({ content: 'bare' });
  expect(await outcomeOf([of(() => bare)])).toMatchObject({ content: 'bare' });
});

test('what a selector throws, and what a choice does, fails it', async () => {
  const throws = (): never => {
    throw new Error('which?');
  };
  const { error } = await outcomeOf([router(throws)]);
  expect(error).toMatchObject({ message: 'which?', code: 'STEP_FAILED', step: 'R' });

  const broken = new Router({ name: 'R', selector: () => ['x', 'a'], choices: [failing('x'), b] });
  const wrong = await outcomeOf([broken]);
  expect(wrong.error?.message).toContain('must name choices, which are x, b');
  const fails = new Router({ name: 'R', selector: () => ['x', 'b'], choices: [failing('x'), b] });
  const failed = await outcomeOf([fails]);
  expect(failed.error).toMatchObject({ message: 'x', step: 'R/x' });
  expect(failed.results[0]?.steps).toHaveLength(1);
});

test('a selector may look at the session state, and not change it', async () => {
  const selector: Selector<Json> = (_, { sessionState }) => {
    Object.assign(sessionState, { n: 2 });
    return 'a';
  };
  expect((await outcomeOf([router(selector)])).error).toMatchObject({ type: 'TypeError' });
});
