import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { NonRetryableError, Step, StepOutput, Workflow } from '../../src/index.js';
import type { Executor, Json, StepContext } from '../../src/index.js';
import { runInMemory, type MemoryRunOptions } from '../support/memory-host.js';

describe('what an executor returns', () => {
  class Point {
    x = 1;
  }

  test.each<[what: string, executor: Executor, content: Json]>([
    ['a value is the content', () => [1, { a: null }], [1, { a: null }]],
    ['a promise is awaited', async () => 'later', 'later'],
    ['nothing is null', () => undefined, null],
    ['an object that is shaped like an output is content', () => ({ content: 1 }), { content: 1 }],
    ['an output’s content is the content', () => new StepOutput({ content: { a: 1 } }), { a: 1 }],
    ['strings that a generator yields are joined', () => yielding('a', 'b'), 'ab'],
    ['so are those of an async one', async () => yieldingLater('a', 'b'), 'ab'],
    ['other values that it yields are joined as JSON', () => yielding(1, { a: 2 }), '1{"a":2}'],
    ['a generator that yields nothing gives null', () => yielding(), null],
    ['what a generator returns is the content', () => returning('a', { b: 1 }), { b: 1 }],
    ['an output that it returns says more', () => returning('a', output('b')), 'b'],
    ['an output that it yields is the result', () => yielding('a', output('b'), 'c'), 'b'],
  ])('%s', async (_, executor, content) => {
    const { end } = await run(executor);
    expect(end).toMatchObject({ kind: 'completed', content });
  });

  test.each<[what: string, executor: Executor, message: string]>([
    ['what JSON can’t carry', () => ({ at: [new Date()] }), 'x: content.at[0] is a Date'],
    ['an instance of a class', () => new Point(), 'x: content is an instance of the class Point'],
    ['it in an output', () => new StepOutput({ content: 1n }), 'x: content is a BigInt'],
    ['it from a generator', () => yielding(Symbol('s')), 'x: a yielded value is a symbol'],
    ['more than Temporal stores', () => 'x'.repeat(1_900_000), 'x: the result takes 1900014 bytes'],
    [
      'a state that JSON can’t carry',
      (_, { sessionState }) => {
        sessionState['since'] = new Date() as never;
      },
      'x: sessionState.since is a Date',
    ],
  ])('%s fails the step at once', async (_, executor, message) => {
    const { end, calls } = await run(executor);
    expect(end).toMatchObject({ error: { message: expect.stringContaining(message) } });
    expect([...calls.values()]).toEqual([1]);
  });

  describe('and its step has a schema for,', () => {
    const outputSchema = z.object({
      title: z.string().min(1),
      at: z.date().transform((date) => date.toISOString()),
      score: z.number().default(0),
    });
    const report = (executor: Executor): Step =>
      new Step({ name: 'x', maxRetries: 2, outputSchema, executor: executor as never });
    const at = new Date(0);
    const content = { title: 'a', at: at.toISOString(), score: 0 };

    test.each<[what: string, executor: Executor]>([
      ['a value', () => ({ title: 'a', at })],
      ['a promise', async () => ({ title: 'a', at })],
      ['what a generator returns', () => returning('a', { title: 'a', at })],
    ])('%s becomes what the schema makes of it', async (_, executor) => {
      const { end } = await runInMemory(new Workflow({ name: 'W', steps: [report(executor)] }));
      expect(end).toMatchObject({ kind: 'completed', content });
    });

    test('the content of an output does, and the rest of it stays', async () => {
      const said = () =>
        new StepOutput({ content: { title: 'a', at }, images: ['i'], success: false, error: 'e' });
      const { results } = await runInMemory(new Workflow({ name: 'W', steps: [report(said)] }));
      expect(results).toMatchObject([
        { content, images: [{ url: 'i' }], success: false, error: 'e' },
      ]);
    });

    test.each<[what: string, executor: Executor, faults: string]>([
      [
        'each path and rule',
        () => ({ title: '', at: 1 }),
        'title: Too small: expected string to have >=1 characters; at: Invalid input: expected date, received number',
      ],
      ['nothing at all', () => undefined, 'Invalid input: expected object, received undefined'],
      ['an output without content', () => new StepOutput(), 'expected object, received null'],
      ['text', () => yielding('a', 'b'), 'Invalid input: expected object, received string'],
    ])('%s that it refuses is a failed attempt: %s', async (_, executor, faults) => {
      const { end, calls } = await runInMemory(
        new Workflow({ name: 'W', steps: [report(executor)] }),
      );
      expect(end).toMatchObject({
        error: {
          code: 'OUTPUT_INVALID',
          message: expect.stringContaining(faults),
          type: 'OutputInvalidError',
          attempts: 3,
        },
      });
      expect([...calls.values()]).toEqual([3]);
    });

    test('another answer of the same executor will do', async () => {
      let asked = 0;
      const executor = () => (++asked === 1 ? 'oops' : { title: 'a', at });
      const { end } = await runInMemory(new Workflow({ name: 'W', steps: [report(executor)] }));
      expect(end).toMatchObject({ kind: 'completed', content });
    });

    test('what it makes has to be JSON', async () => {
      const steps = [new Step({ name: 'x', outputSchema: z.date(), executor: () => at })];
      const { end, calls } = await runInMemory(new Workflow({ name: 'W', steps }));
      expect(end).toMatchObject({ error: { code: 'OUTPUT_NOT_JSON' } });
      expect([...calls.values()]).toEqual([1]);
    });
  });

  test('a generator whose output ends it is closed', async () => {
    let closed = false;
    await run(function* () {
      try {
        yield output('a');
      } finally {
        closed = true;
      }
    });
    expect(closed).toBe(true);
  });

  test('a generator isn’t asked for more once its time is up', async () => {
    let yielded = 0;
    await run(
      async function* () {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          yield String(yielded++);
        }
      },
      {},
      { timeout: 10, maxRetries: 0 },
    );
    const atTheEnd = yielded;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(yielded - atTheEnd).toBeLessThanOrEqual(1);
  });

  test('success: false marks the result and fails nothing', async () => {
    const { end, results } = await run(
      () => new StepOutput({ content: 1, success: false, error: 'weak' }),
    );
    expect(end.kind).toBe('completed');
    expect(results).toMatchObject([{ content: 1, success: false, error: 'weak' }]);
  });
});

describe('an executor’s attempts', () => {
  test('leave no trace in the state where they fail', async () => {
    const { end } = await run((_, { sessionState, attempt }) => {
      sessionState['tries'] = Number(sessionState['tries'] ?? 0) + 1;
      if (attempt < 3) throw new Error('boom');
    });
    expect(end.state.value).toEqual({ tries: 1 });
  });

  test('are as many as the policy says', async () => {
    const { end, calls } = await run(() => fail(new Error('boom')), {}, { maxRetries: 2 });
    expect(end).toMatchObject({ error: { message: 'boom', step: 'x', attempts: 3 } });
    expect([...calls]).toEqual([['x#1', 3]]);
  });

  test('end with an error that says so', async () => {
    const { calls } = await run(() => fail(new NonRetryableError('closed')));
    expect([...calls.values()]).toEqual([1]);
  });

  test('are bounded in time, and each is told when its time is up', async () => {
    const reasons: unknown[] = [];
    const { end } = await run(
      (_, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => reasons.push((signal.reason as Error).name));
        }),
      {},
      { timeout: 5, maxRetries: 1 },
    );
    expect(end).toMatchObject({ error: { code: 'STEP_TIMEOUT', attempts: 2 } });
    expect(reasons).toEqual(['TimeoutError', 'TimeoutError']);
  });

  test('share their idempotency key, and no other call has it', async () => {
    const keys: string[] = [];
    const note = (_: unknown, { idempotencyKey, attempt }: StepContext): void => {
      keys.push(idempotencyKey);
      if (attempt === 1) throw new Error('boom');
    };
    const steps = ['x', 'x'].map((name) => new Step({ name, executor: note }));
    const workflow = new Workflow({ name: 'W', steps });
    await runInMemory(workflow, null, { runId: 'one' });
    await runInMemory(workflow, null, { runId: 'two' });
    const [one, again, ...others] = keys;
    expect([one === again, new Set([one, ...others]).size]).toEqual([true, 4]);
    expect(one).toMatch(/^[\w-]{43}$/);
  });
});

test('an executor knows its run', async () => {
  const seen: unknown[] = [];
  await run(
    (_, { signal, log, heartbeat, idempotencyKey, ...facts }) => {
      seen.push(facts);
    },
    { runId: 'r', sessionId: 's', userId: 'u', metadata: { m: 1 }, sessionState: { n: 1 } },
  );
  expect(seen).toEqual([
    {
      ...{ runId: 'r', workflowId: 'my-w', workflowName: 'W', stepName: 'x', attempt: 1 },
      ...{ sessionId: 's', userId: 'u', metadata: { m: 1 }, sessionState: { n: 1 } },
    },
  ]);
});

test('what an executor does to its values reaches no other call', async () => {
  const list = (): string[] => ['flow'];
  const spoil: Executor<Json> = ({ input, previousStepContent, additionalData }) => {
    for (const list of [input, previousStepContent, additionalData['list']])
      if (Array.isArray(list)) list.push('spoilt');
  };
  const see: Executor<Json> = (input) => [
    ...[input.input, input.additionalData, input.getStepContent('list')!],
  ];
  const workflow = new Workflow({ name: 'W', steps: [list, spoil, see] });
  const { end } = await runInMemory(workflow, ['input'], { additionalData: { list: ['data'] } });
  expect(end).toMatchObject({ content: [['input'], { list: ['data'] }, ['flow']] });
});

function run(
  executor: Executor,
  options: MemoryRunOptions = {},
  policy: { readonly timeout?: number; readonly maxRetries?: number } = {},
): ReturnType<typeof runInMemory> {
  const step = new Step<never>({ name: 'x', executor, ...policy });
  return runInMemory(new Workflow<never>({ name: 'W', id: 'my-w', steps: [step] }), null, options);
}

function output(content: string): StepOutput {
  return new StepOutput({ content });
}

function* yielding(...items: unknown[]): Generator {
  yield* items;
}

async function* yieldingLater(...items: unknown[]): AsyncGenerator {
  for (const item of items) yield item;
}

function* returning(item: unknown, end: unknown): Generator {
  yield item;
  return end;
}

function fail(error: Error): never {
  throw error;
}
