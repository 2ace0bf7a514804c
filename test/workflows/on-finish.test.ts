import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Step, Steps, Workflow, type FinishExecutor, type Json } from '../../src/index.js';
import { finished, testBed } from '../support/temporal.js';

const AT_ONCE = { retry: { initialInterval: 1, backoff: 1 } } as const;

/** What an `onFinish` was told, each time that it was called. */
function listener<Input = Json>(): { told: unknown[]; onFinish: FinishExecutor<Input> } {
  const told: unknown[] = [];
  return {
    told,
    onFinish: ({ status, content, error }) => {
      told.push({ status, content, code: error?.code ?? null });
    },
  };
}

describe('onFinish', () => {
  test('is told what a completed run came to, and changes nothing of it', async () => {
    const seen: unknown[] = [];
    const bed = await testBed();
    const run = await bed.complete(
      new Workflow({
        name: 'W',
        steps: [new Step({ name: 'first', executor: () => 1 }), () => ({ two: 2 })],
        onFinish: (end, { sessionState, runId }) => {
          seen.push([end.status, end.content, end.error, end.input, runId]);
          seen.push(end.getStepContent('first'));
          sessionState['changed'] = true;
          return 'dropped';
        },
      }),
      'in',
    );
    expect(run).toMatchObject({ status: 'completed', content: { two: 2 } });
    expect(run.stepResults.map(({ name }) => name)).toEqual(['first', 'Step']);
    expect(seen).toEqual([['completed', { two: 2 }, null, 'in', run.runId], 1]);
  });

  test('is told why a run failed', async () => {
    const { told, onFinish } = listener();
    const bed = await testBed();
    const boom = (): never => {
      throw new Error('boom');
    };
    const run = await bed.complete(
      new Workflow({ name: 'W', steps: [() => 1, boom], maxRetries: 0, onFinish }),
    );
    expect(run).toMatchObject({ status: 'failed', error: { message: 'boom' } });
    expect(told).toEqual([{ status: 'failed', content: null, code: 'STEP_FAILED' }]);
  });

  test('sees the step that failed the run, however much it said', async () => {
    const bed = await testBed();
    const message = 'boom '.repeat(700);
    const seen: unknown[] = [];
    const run = await bed.complete(
      new Workflow({
        name: 'W',
        maxRetries: 0,
        steps: [
          new Steps({
            name: 'Group',
            steps: [
              new Step({
                name: 'fails',
                executor: () => {
                  throw new Error(message);
                },
              }),
            ],
          }),
        ],
        onFinish: (end) => {
          for (const name of ['fails', 'Group']) seen.push(end.getStepOutput(name));
        },
      }),
    );
    expect(run.error?.message).toBe(message);
    expect(seen).toMatchObject([
      { name: 'fails', success: false, error: message },
      { name: 'Group', success: false, error: message },
    ]);
  });

  test('is told of a run that was cancelled', async () => {
    const { told, onFinish } = listener();
    const bed = await testBed();
    let begun: () => void = () => undefined;
    const began = new Promise<void>((resolve) => (begun = resolve));
    const hang = new Step({
      name: 'hang',
      executor: async (_, { signal }) => {
        begun();
        await sleep(60_000, undefined, { signal });
      },
    });
    const workflow = new Workflow({ name: 'W', steps: [hang], onFinish });
    await bed.worker([workflow]);
    const run = await bed.client.run(workflow, null, { background: true });
    await began;
    await run.cancel();
    expect((await finished(run)).status).toBe('cancelled');
    expect(told).toEqual([{ status: 'cancelled', content: null, code: null }]);
  });

  test('is told of a run whose time was up', async () => {
    const { told, onFinish } = listener();
    const bed = await testBed();
    const hang = new Step({
      name: 'hang',
      executor: (_, { signal }) => sleep(60_000, undefined, { signal }),
    });
    const workflow = new Workflow({ name: 'W', steps: [hang], onFinish });
    await bed.worker([workflow]);
    const run = await bed.client.run(workflow, null, { background: true, timeout: 500 });
    expect((await finished(run)).error?.code).toBe('RUN_TIMEOUT');
    expect(told).toEqual([{ status: 'failed', content: null, code: 'RUN_TIMEOUT' }]);
  });

  test('is told of a run whose input the worker refused', async () => {
    const { told, onFinish } = listener<{ topic: string }>();
    const bed = await testBed();
    const inputSchema = z.object({ topic: z.string() });
    await bed.worker([
      new Workflow({
        name: 'W',
        inputSchema,
        steps: [() => 1],
        onFinish,
      }),
    ]);
    // By its name alone the client has no schema.
    const run = await bed.client.run('W', { topic: 5 }, { background: true });
    expect((await finished(run)).error?.code).toBe('INPUT_INVALID');
    expect(told).toEqual([{ status: 'failed', content: null, code: 'INPUT_INVALID' }]);
  });

  test('is tried again by its own policy, under one idempotency key', async () => {
    const keys: string[] = [];
    const bed = await testBed();
    const run = await bed.complete(
      new Workflow({
        name: 'W',
        steps: [() => 'content'],
        maxRetries: 0,
        onFinish: {
          maxRetries: 2,
          ...AT_ONCE,
          executor: (_, { idempotencyKey }) => {
            keys.push(idempotencyKey);
            if (keys.length < 3) throw new Error('busy');
          },
        },
      }),
    );
    expect(run.content).toBe('content');
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  test('that fails for good changes nothing of what the run came to', async () => {
    const bed = await testBed();
    const run = await bed.complete(
      new Workflow({
        name: 'W',
        steps: [() => 'content'],
        onFinish: {
          maxRetries: 0,
          executor: () => {
            throw new Error('nobody listens');
          },
        },
      }),
    );
    expect(run).toMatchObject({ status: 'completed', content: 'content', error: null });
  });

  test('is under way while the run is still open', async () => {
    const bed = await testBed();
    let letGo: () => void = () => undefined;
    const free = new Promise<void>((resolve) => (letGo = resolve));
    const workflow = new Workflow({ name: 'W', steps: [() => 1], onFinish: () => free });
    await bed.worker([workflow]);
    const run = await bed.client.run(workflow, null, { background: true });
    await expect
      .poll(async () => (await run.refresh()).activeSteps.map(({ stepPath }) => stepPath))
      .toEqual(['outlast.onFinish']);
    letGo();
    expect((await finished(run)).content).toBe(1);
  });
});
