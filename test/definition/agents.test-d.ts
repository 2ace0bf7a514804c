import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { Agent, offline, openai, Step, tool, Workflow, type StepContext } from '../../src/index.js';

const agent = new Agent({ name: 'A', model: offline() });

describe('what a tool is given', () => {
  test('is what its schema makes of what the model gave', () => {
    tool({
      name: 't',
      description: 'A tool.',
      parameters: z.object({
        query: z.string(),
        limit: z.number().default(5),
        since: z.string().transform((text) => new Date(text)),
        tag: z.string().optional(),
      }),
      execute: (args, context) => {
        expectTypeOf(args).toEqualTypeOf<{
          query: string;
          limit: number;
          since: Date;
          tag?: string | undefined;
        }>();
        expectTypeOf(context).toEqualTypeOf<StepContext>();
      },
    });
  });

  test('is unknown without a schema', () => {
    tool({
      ...{ name: 't', description: 'A tool.' },
      execute: (args) => expectTypeOf(args).toBeUnknown(),
    });
  });

  test('has no fields but those of its schema', () => {
    const parameters = z.object({ query: z.string() });
    // @ts-expect-error -- the schema has no such field
    tool({ name: 't', description: 'x', parameters, execute: ({ limit }) => String(limit) });
  });
});

describe('a step', () => {
  test('has a function or an agent', () => {
    new Step({ agent });
    new Step({ executor: () => null });
    // @ts-expect-error -- it has both of them
    new Step({ name: 'S', agent, executor: () => null });
    // @ts-expect-error -- it has neither of them
    new Step({ name: 'S' });
    // @ts-expect-error -- no agent
    new Step({ agent: 'A' });
    // @ts-expect-error -- it has no such option
    new Step({ agent, maxTurns: 3 });
  });

  test('may be a bare agent, and nothing that only looks like one', () => {
    new Workflow({ name: 'w', steps: [agent] });
    // @ts-expect-error -- no agent
    new Workflow({ name: 'w', steps: [{ name: 'A', model: offline() }] });
  });
});

describe('an agent', () => {
  test('has a name, a model and known options', () => {
    // @ts-expect-error -- no model
    new Agent({ name: 'A' });
    // @ts-expect-error -- a model isn't its name
    new Agent({ name: 'A', model: 'gpt-5-mini' });
    // @ts-expect-error -- it has no such option
    new Agent({ name: 'A', model: offline(), role: 'x' });
    // @ts-expect-error -- a function isn't a tool
    new Agent({ name: 'A', model: offline(), tools: [() => null] });
  });

  test('has a budget of tokens, of money, of time', () => {
    const a = { name: 'A', model: openai('m', { price: { input: 1, output: 2 } }) };
    new Agent({ ...a, budget: { tokens: 1, cost: 0.1, duration: '2 minutes' } });
    new Agent({ ...a, budget: { duration: 500 }, onBudget: 'finish' });
    // @ts-expect-error -- a duration has a unit
    new Agent({ ...a, budget: { duration: '2' } });
    // @ts-expect-error -- it has no such limit
    new Agent({ ...a, budget: { turns: 2 } });
    // @ts-expect-error -- the price is its model's
    new Agent({ ...a, price: { input: 1, output: 2 } });
    // @ts-expect-error -- a price has both
    openai('m', { price: { input: 1 } });
  });
});
