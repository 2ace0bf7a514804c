import { describe, expect, test } from 'vitest';
import { RunNotFoundError, Step, Workflow, type StepContext } from '../../src/index.js';
import { finished, sharedBed, testBed } from '../support/temporal.js';

/** A step that tells when it has begun, and ends as `how` says once its signal fires. */
function waiting(how: 'throws' | 'returns' | 'ignores'): {
  readonly step: Step;
  readonly reached: Promise<StepContext>;
  readonly aborted: () => number | null;
} {
  let reach: (context: StepContext) => void = () => undefined;
  let aborted: number | null = null;
  const reached = new Promise<StepContext>((resolve) => (reach = resolve));
  const executor = (_: unknown, context: StepContext): Promise<unknown> => {
    reach(context);
    return new Promise((resolve, reject) => {
      context.signal.addEventListener('abort', () => {
        aborted = Date.now();
        if (how === 'throws') reject(context.signal.reason as Error);
        if (how === 'returns') resolve('too late');
      });
    });
  };
  return { step: new Step({ name: 'Waiting', executor }), reached, aborted: () => aborted };
}

describe('cancelling', () => {
  test.each(['throws', 'returns'] as const)(
    "fires a running step's signal within 2 s; the run keeps what it had (the step %s)",
    async (how) => {
      const { client, worker } = await sharedBed();
      const { step, reached, aborted } = waiting(how);
      const never = new Step({ name: 'Never', executor: () => 'never' });
      const workflow = new Workflow({ name: 'Cancelled', steps: [() => 'first', step, never] });
      await worker([workflow]);
      const run = await workflow.run(null, { background: true, client });
      await reached;
      const before = Date.now();
      expect(await workflow.cancelRun(run.runId, { client })).toBe(true);
      const end = await finished(run);
      expect(aborted()! - before).toBeLessThan(2_000);
      expect(end).toMatchObject({ status: 'cancelled', content: null, error: null });
      expect(end.stepResults).toMatchObject([
        { name: 'Step', content: 'first', success: true },
        { name: 'Waiting', content: null, success: false, error: 'cancelled' },
      ]);
      expect(end.stepResults).toHaveLength(2);
      expect(await run.cancel()).toBe(false);
    },
  );

  test('by several at once ends the run once, and tells each whether it was open', async () => {
    const { client, worker } = await sharedBed();
    const { step, reached } = waiting('throws');
    const workflow = new Workflow({ name: 'Wanted', steps: [step] });
    await worker([workflow]);
    const run = await workflow.run(null, { background: true, client });
    await reached;
    const cancels = Array.from({ length: 20 }, () => client.cancelRun(run.runId, { force: true }));
    const were = await Promise.all(cancels);
    expect(were.filter((wasOpen) => wasOpen)).toHaveLength(1);
    expect((await run.refresh()).status).toBe('cancelled');
  });

  test('leaves a step behind that ignores its signal, after cancelGrace', async () => {
    const { client, worker } = await testBed();
    const { step, reached } = waiting('ignores');
    const workflow = new Workflow({ name: 'Stubborn', steps: [step] });
    await worker([workflow], { cancelGrace: '1 second' });
    const run = await workflow.run(null, { background: true, client });
    await reached;
    const before = Date.now();
    await run.cancel();
    const end = await finished(run);
    expect(end.status).toBe('cancelled');
    expect(Date.now() - before).toBeGreaterThan(900);
    expect(Date.now() - before).toBeLessThan(4_000);
  });

  test('a run that no worker has taken is cancelled at once', async () => {
    const { client } = await testBed();
    const workflow = new Workflow({ name: 'Untaken', steps: [() => 'never'] });
    const run = await workflow.run(null, { background: true, client });
    expect(await run.cancel()).toBe(true);
    expect((await run.refresh()).status).toBe('cancelled');
  });

  test('a run that is to start later is cancelled at once', async () => {
    const { client, worker } = await sharedBed();
    const workflow = new Workflow({ name: 'Later', steps: [() => 'never'] });
    await worker([workflow]);
    const run = await workflow.run(null, { background: true, startDelay: '1 hour', client });
    expect((await run.refresh()).status).toBe('pending');
    expect(await run.cancel()).toBe(true);
    expect((await run.refresh()).status).toBe('cancelled');
  });

  test('by force ends a run whatever its steps do', async () => {
    const { client, worker } = await testBed();
    const { step, reached } = waiting('ignores');
    const workflow = new Workflow({ name: 'Forced', steps: [() => 'first', step] });
    await worker([workflow], { cancelGrace: '1 second', shutdownGrace: 0 });
    const run = await workflow.run(null, { background: true, client });
    await reached;
    expect(await run.cancel({ force: true })).toBe(true);
    const end = await run.refresh();
    expect(end.status).toBe('cancelled');
    expect(end.stepResults.map(({ name, error }) => [name, error])).toEqual([
      ['Step', null],
      ['Waiting', 'cancelled'],
    ]);
  });

  test('while a step waits for its next attempt ends the run at once', async () => {
    const { client, worker } = await sharedBed();
    const failing = new Step({
      name: 'Failing',
      retry: { initialInterval: '1 hour', maxInterval: '1 hour' },
      executor: () => {
        throw new Error('boom');
      },
    });
    const workflow = new Workflow({ name: 'Backoff', steps: [failing] });
    await worker([workflow]);
    const run = await workflow.run(null, { background: true, client });
    await expect
      .poll(async () => (await run.refresh()).health)
      .toMatchObject({ state: 'retrying', step: 'Failing', message: 'boom', code: 'STEP_FAILED' });
    await run.cancel();
    expect((await finished(run, 5_000)).status).toBe('cancelled');
  });

  test('an unknown run is an error', async () => {
    const { client } = await testBed();
    await expect(client.cancelRun('nowhere')).rejects.toThrow(RunNotFoundError);
  });

  test('a run without background that is cancelled rejects with the run', async () => {
    const { client, worker } = await sharedBed();
    const { step, reached } = waiting('throws');
    const workflow = new Workflow({ name: 'Awaited', steps: [step] });
    await worker([workflow]);
    const result = workflow.run(null, { runId: `awaited-${String(Date.now())}`, client });
    const { runId } = await reached;
    await client.cancelRun(runId);
    await expect(result).rejects.toMatchObject({
      code: 'RUN_CANCELLED',
      run: { runId, status: 'cancelled' },
    });
  });
});
