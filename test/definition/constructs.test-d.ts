import { describe, test } from 'vitest';
import { z } from 'zod';
import {
  Condition,
  ForEach,
  Loop,
  Parallel,
  Router,
  Step,
  Steps,
  Workflow,
  type StepInput,
} from '../../src/index.js';

const step = new Step({ name: 's', executor: () => 1 });
const inner = new Workflow({ name: 'Inner', steps: [step] });
const steps = [step];

test('whatever is a node may stand in whatever holds nodes', () => {
  new Workflow({
    name: 'W',
    steps: [
      new Condition({
        evaluator: async ({ input }, { sessionState }) => input === sessionState['n'],
        steps: [new Loop({ steps, endCondition: (outputs) => outputs.length > 1 })],
        elseSteps: [new Router({ selector: () => [step, 'Inner'], choices: [step, inner] })],
        evaluate: 'activity',
      }),
      new ForEach({ items: () => [1], step: new ForEach({ items: 'S', step: () => 1 }) }),
      new Step({ name: 'nested', workflow: inner, onError: 'skip' }),
    ],
  });
});

describe('a condition', () => {
  test('has an evaluator that answers yes or no, and steps', () => {
    // @ts-expect-error -- no evaluator
    new Condition({ steps });
    // @ts-expect-error -- no steps
    new Condition({ evaluator: true });
    // @ts-expect-error -- an evaluator answers yes or no
    new Condition({ evaluator: () => 'yes', steps });
    // @ts-expect-error -- a name is no evaluator
    new Condition({ evaluator: 'S', steps });
    // @ts-expect-error -- a condition has no choices
    new Condition({ evaluator: true, steps, choices: steps });
    // @ts-expect-error -- steps are a list
    new Condition({ evaluator: true, steps: step });
    new Condition({
      // @ts-expect-error -- the session state is not to be changed
      evaluator: (_, { sessionState }) => (sessionState['n'] = true),
      steps,
    });
  });
});

describe('a loop', () => {
  test('has steps, and an end condition that answers yes or no', () => {
    // @ts-expect-error -- no steps
    new Loop({ maxIterations: 3 });
    // @ts-expect-error -- Agno's name of it
    new Loop({ steps, max_iterations: 3 });
    // @ts-expect-error -- an end condition answers yes or no
    new Loop({ steps, endCondition: () => 1 });
    // @ts-expect-error -- an end condition sees results
    new Loop({ steps, endCondition: (outputs) => outputs.previousStepContent === null });
  });
});

describe('a router', () => {
  test('has a selector, and choices', () => {
    // @ts-expect-error -- no choices
    new Router({ selector: () => 'a' });
    // @ts-expect-error -- no selector
    new Router({ choices: steps });
    // @ts-expect-error -- a number is no choice
    new Router({ selector: () => 1, choices: steps });
    // @ts-expect-error -- a name is no node
    new Router({ selector: () => 'a', choices: ['a'] });
  });
});

describe('a ForEach', () => {
  test('has items, and one node', () => {
    // @ts-expect-error -- no items
    new ForEach({ step });
    // @ts-expect-error -- no node
    new ForEach({ items: 'S' });
    // @ts-expect-error -- two nodes
    new ForEach({ items: 'S', step: [step, step] });
    // @ts-expect-error -- it has a step
    new ForEach({ items: 'S', steps });
    // @ts-expect-error -- items are a list
    new ForEach({ items: () => 'ab', step });
  });
});

describe('a step', () => {
  test('has one to do its work, whose policy is its own', () => {
    // @ts-expect-error -- two of them
    new Step({ name: 's', workflow: inner, executor: () => 1 });
    // @ts-expect-error -- a workflow's steps have their own policies
    new Step({ workflow: inner, maxRetries: 1 });
    // @ts-expect-error -- a name is no workflow
    new Step({ workflow: 'Inner' });
    // @ts-expect-error -- what a workflow gives is not checked yet
    new Step({ workflow: inner, outputSchema: z.string() });
  });
});

describe('the input of a workflow', () => {
  const ofTitle = (input: StepInput<{ title: string }>): boolean => input.input.title === '';
  const inputSchema = z.object({ title: z.string() });
  const other = z.object({ topic: z.string() });

  test('is what its questions take, in containers too', () => {
    const condition = new Condition({ evaluator: ofTitle, steps });
    new Workflow({ name: 'W', inputSchema, steps: [new Steps({ steps: [condition] })] });
    // @ts-expect-error -- this workflow takes a topic
    new Workflow({ name: 'W', inputSchema: other, steps: [new Parallel({ steps: [condition] })] });
  });

  test('is what the selectors of its routers and the items of its ForEach take', () => {
    const selector = (input: StepInput<{ title: string }>): string => input.input.title;
    const items = (input: StepInput<{ title: string }>): string[] => [input.input.title];
    const router = new Router({ selector, choices: steps });
    const forEach = new ForEach({ items, step });
    new Workflow({ name: 'W', inputSchema, steps: [router, forEach] });
    // @ts-expect-error -- this workflow takes a topic
    new Workflow({ name: 'W', inputSchema: other, steps: [router] });
    // @ts-expect-error -- this workflow takes a topic
    new Workflow({ name: 'W', inputSchema: other, steps: [forEach] });
  });
});
