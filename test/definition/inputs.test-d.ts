import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  Agent,
  Condition,
  ForEach,
  Loop,
  offline,
  Parallel,
  Router,
  Step,
  StepOutput,
  Steps,
  Workflow,
  type Json,
} from '../../src/index.js';

interface Topic {
  readonly topic: string;
}

const ofTopic = new Step<Topic>({ name: 'ofTopic', executor: ({ input }) => input.topic });
const inputSchema = z.object({ topic: z.string() });

describe('what a step takes', () => {
  test('is any JSON unless it says otherwise', () => {
    new Step({ name: 'x', executor: ({ input }) => expectTypeOf(input).toEqualTypeOf<Json>() });
  });

  test('has to be what its workflow takes', () => {
    new Workflow({ name: 'w', inputSchema, steps: [ofTopic] });
    // @ts-expect-error -- this workflow takes any JSON
    new Workflow({ name: 'w', steps: [ofTopic], inputSchema: z.json() });
  });

  test('has to be so inside containers too', () => {
    new Workflow({ name: 'w', inputSchema, steps: [new Parallel({ steps: [ofTopic] })] });
    // @ts-expect-error -- this workflow takes numbers
    new Workflow({ name: 'w', inputSchema: z.number(), steps: [new Steps({ steps: [ofTopic] })] });
  });

  test('is what its workflow says where it is written inline, at any depth', () => {
    new Workflow<Topic>({
      name: 'w',
      steps: [
        ({ input }) => input.topic,
        new Step({ name: 'x', executor: ({ input }) => input.topic }),
        new Parallel({ steps: [new Steps({ steps: [({ input }) => input.topic] })] }),
        new Condition({
          evaluator: ({ input }) => input.topic === '',
          steps: [new Loop({ steps: [new Step({ executor: ({ input }) => input.topic })] })],
        }),
        new Router({
          selector: ({ input }) => input.topic,
          choices: [new Step({ executor: ({ input }) => input.topic })],
        }),
        new ForEach({
          items: ({ input }) => [input.topic],
          step: new Step({ executor: ({ input }) => input.topic }),
        }),
      ],
    });
  });

  test('may be more than its workflow gives', () => {
    const ofAny = new Step<unknown>({ name: 'x', executor: ({ input }) => String(input) });
    new Workflow({ name: 'w', inputSchema, steps: [ofAny] });
  });
});

describe('what a step returns', () => {
  interface Report {
    readonly title: string;
    readonly notes?: string | undefined;
  }

  test('has to be what its schema takes', () => {
    const outputSchema = z.object({ title: z.string(), score: z.number().default(0) });
    new Step({ name: 'x', outputSchema, executor: () => ({ title: 'a' }) });
    new Step({ name: 'x', outputSchema, executor: async () => ({ title: 'a', score: 1 }) });
    new Step({ name: 'x', outputSchema, executor: () => new StepOutput({ stop: true }) });
    new Step({
      ...{ name: 'x', outputSchema },
      executor: function* () {
        yield new StepOutput({ content: { title: 'a' } });
      },
    });
    // @ts-expect-error -- the title is a string
    new Step({ name: 'x', outputSchema, executor: () => ({ title: 1 }) });
    // @ts-expect-error -- the title is missing
    new Step({ name: 'x', outputSchema, executor: async () => ({ score: 1 }) });
    // @ts-expect-error -- it has to return something
    new Step({ name: 'x', outputSchema, executor: () => undefined });
    // @ts-expect-error -- no schema
    new Step({ name: 'x', outputSchema: { title: 'string' }, executor: () => 1 });
    const agent = new Agent({ name: 'A', model: offline() });
    // @ts-expect-error -- an agent's answer is not checked yet
    new Step({ name: 'x', outputSchema, agent });
  });

  test('may be whatever can be JSON, an interface as well, at once or later, or nothing', () => {
    new Step({ name: 'x', executor: (): Report => ({ title: 'a' }) });
    new Step({ name: 'x', executor: async () => new StepOutput({ content: 1 }) });
    new Step({ name: 'x', executor: () => undefined });
    new Step({
      name: 'x',
      executor: async function* () {
        yield 'text';
      },
    });
  });
});
