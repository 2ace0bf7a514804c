import { describe, expect, test } from 'vitest';
import {
  NonRetryableError,
  Step,
  StepOutput,
  Workflow,
  type Executor,
  type Json,
} from '../../src/index.js';
import { testBed } from '../support/temporal.js';

/** A workflow of one step, which is tried twice, at once. */
function single(executor: Executor<Json>, options: object = {}): Workflow {
  return new Workflow({
    name: 'Single',
    steps: [
      new Step({
        name: 'It',
        maxRetries: 1,
        retry: { initialInterval: 1 },
        ...options,
        executor,
      }),
    ],
  });
}

/** Anything may be thrown. */
const thrower = (thrown: unknown) => () => {
  throw thrown;
};

describe('a run fails with the reason', () => {
  test('of what the executor throws in its last attempt', async () => {
    const { complete } = await testBed();
    let attempt = 0;
    const run = await complete(
      single(() => {
        attempt += 1;
        throw new TypeError(`boom ${String(attempt)}`);
      }),
    );
    expect(run.status).toBe('failed');
    expect(run.toJSON().error).toEqual({
      message: 'boom 2',
      code: 'STEP_FAILED',
      step: 'It',
      type: 'TypeError',
      attempts: 2,
    });
    expect(run.stepResults).toMatchObject([{ name: 'It', success: false, error: 'boom 2' }]);
  });

  test.each([
    ['a string', thrower('just text'), 'just text'],
    ['nothing', thrower(undefined), 'undefined'],
    ['half a surrogate pair', () => Promise.reject(new Error('\ud83d')), '\ufffd'],
    ['a message of 1 MB', () => Promise.reject(new Error('x'.repeat(1e6))), /^x{4000}…$/],
  ])('of an executor that throws %s', async (_, executor, message) => {
    const { complete } = await testBed();
    const run = await complete(single(executor));
    expect(run.error).toMatchObject({
      message: message instanceof RegExp ? expect.stringMatching(message) : message,
      code: 'STEP_FAILED',
    });
  });

  test('of a NonRetryableError at its first attempt', async () => {
    const { complete } = await testBed();
    const run = await complete(
      single(() => {
        throw new NonRetryableError('account closed');
      }),
    );
    expect(run.error).toMatchObject({ message: 'account closed', attempts: 1 });
  });

  test('of an executor that takes too long, each time', async () => {
    const { complete } = await testBed();
    const signals: string[] = [];
    const run = await complete(
      single(
        (_, { signal }) =>
          new Promise(() => {
            signal.addEventListener('abort', () => signals.push(String(signal.reason)));
          }),
        { timeout: '100ms' },
      ),
    );
    expect(run.error).toMatchObject({
      message: 'It: took longer than its timeout of 100 ms',
      code: 'STEP_TIMEOUT',
      attempts: 2,
    });
    expect(signals).toHaveLength(2);
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = { circular };
  class Account {
    readonly owner = 'somebody';
  }
  test.each([
    ['a function', { list: [() => 1] }, 'content.list[0] is a function'],
    ['a BigInt', { n: 1n }, 'content.n is a BigInt'],
    ['a circle', circular, 'content.self.circular is a circular reference'],
    ['an instance', { a: new Account() }, 'content.a is an instance of the class Account'],
    ['a Date', { 'at 1': new Date() }, 'content["at 1"] is a Date'],
    ['NaN', [NaN], 'content[0] is NaN'],
    ['a Map', new Map(), 'content is a Map'],
  ])('of a result that holds %s, at its first attempt', async (_, content, message) => {
    const { complete } = await testBed();
    const run = await complete(single(() => new StepOutput({ content })));
    expect(run.error).toMatchObject({
      message: expect.stringContaining(`It: ${message}`),
      code: 'OUTPUT_NOT_JSON',
      step: 'It',
      attempts: 1,
    });
  });
});

test('a failed attempt leaves no trace in the session state', async () => {
  const { complete } = await testBed();
  const run = await complete(
    single((_, { sessionState, attempt }) => {
      sessionState[`attempt ${String(attempt)}`] = true;
      if (attempt === 1) throw new Error('once');
      return Object.keys(sessionState);
    }),
  );
  expect(run.content).toEqual(['attempt 2']);
});

test('a worker whose event loop an executor blocks counts as lost, and the step begins again', async () => {
  const { complete } = await testBed();
  const run = await complete(
    single((_, { attempt }) => {
      const end = Date.now() + (attempt === 1 ? 12_000 : 0);
      while (Date.now() < end);
      return attempt;
    }),
  );
  expect(run.content).toBe(2);
});
