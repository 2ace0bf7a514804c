import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import * as functions from '../functions.mjs';
import { INPUT, type Engine, type EngineName, type Job } from './engine.js';

/** Serves the hand-written workflows on a queue of their own until it is disposed of. */
export interface HandWrittenSide extends AsyncDisposable {
  readonly engine: Engine;
  /** The same workflows, which ask for a plan first. */
  readonly withPlan: Engine;
}

export async function handWrittenSide(
  address: string,
  temporal: Client,
  bundle: string,
  plans: Readonly<Record<Job, unknown>>,
): Promise<HandWrittenSide> {
  const taskQueue = 'bench-hand-written';
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { code: bundle },
    activities: { ...functions, ...planActivity(plans) },
    // What createWorker sets as well.
    maxConcurrentActivityTaskExecutions: 100,
    stickyQueueScheduleToStartTimeout: '2 seconds',
    shutdownGraceTime: '10 seconds',
  });
  const running = worker.run();
  const engine = (name: EngineName, types: Readonly<Record<Job, string>>): Engine => ({
    name,
    async start(job) {
      const workflowId = `${job}-${randomUUID()}`;
      const options = { workflowId, taskQueue, args: [INPUT] };
      const handle = await temporal.workflow.start(types[job], options);
      return { id: workflowId, result: () => handle.result() };
    },
  });
  return {
    engine: engine('hand-written', { three: 'three', thirty: 'thirty' }),
    withPlan: engine('hand-written-plan', { three: 'threeWithPlan', thirty: 'thirtyWithPlan' }),
    async [Symbol.asyncDispose]() {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

/** Answers what a run of outlast is answered. */
function planActivity(plans: Readonly<Record<Job, unknown>>): { plan: () => unknown } {
  return {
    plan: () => plans[Context.current().info.workflowType === 'threeWithPlan' ? 'three' : 'thirty'],
  };
}
