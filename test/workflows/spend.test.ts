import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  Agent,
  fallback,
  Loop,
  openaiCompatible,
  Parallel,
  Step,
  Team,
  tool,
  Workflow,
  type AgentOptions,
  type FinishedRun,
  type Metrics,
  type Model,
  type ModelPrice,
  type Node,
} from '../../src/index.js';
import {
  recordHistory,
  replay,
  scriptedModel,
  type ScriptedHandler,
  type ScriptedTurn,
} from '../../src/testing/index.js';
import { SEGMENT_EVENTS_OPTION } from '../../src/worker/create-worker.js';
import { read } from '../support/stream.js';
import { finished, sharedBed, testBed } from '../support/temporal.js';

/** The scripted model says of each turn that it took 10 and 5 tokens: with this it cost 0.02 USD. */
const PRICE: ModelPrice = { input: 1_000, cachedInput: 100, output: 2_000 };

async function scripted(
  script: readonly ScriptedTurn[] | ScriptedHandler,
  price: ModelPrice = PRICE,
): Promise<Model> {
  const server = await scriptedModel(script);
  onTestFinished(() => server.close());
  return openaiCompatible({ baseURL: server.baseURL, id: 'scripted', price });
}

const USAGE = { input: 10, output: 5 };

const look = tool({ name: 'look', description: 'Looks.', execute: () => 'seen' });
const LOOK = { calls: [{ name: 'look', arguments: {} }] };

function agent(model: Model, options: Partial<AgentOptions> = {}): Agent {
  const retry = { initialInterval: 1, backoff: 1 };
  return new Agent({ name: 'Agent', model, tools: [look], retry, ...options });
}

async function complete(...steps: Node<string>[]): Promise<FinishedRun> {
  const bed = await sharedBed();
  return bed.complete(new Workflow<string>({ name: 'W', steps }), 'question');
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** What a run, or a session, tells of its agents' metrics. */
function without({ timeToFirstToken: _, ...rest }: Metrics): Metrics {
  return rest;
}

describe('what an answer took', () => {
  test('is told with its cost and its times, by results, run and events alike', async () => {
    const model = await scripted([
      { ...LOOK, after: 80, text: 'I look it up', every: 40, usage: { ...USAGE, cached: 4 } },
      'done',
    ]);
    const { client } = await sharedBed();
    const run = await complete(agent(model));
    const { metrics } = run.stepResults[0] ?? {};
    expect(metrics).toMatchObject({ turns: 2, toolCalls: 1, cachedTokens: 4, cost: 0.0364 });
    const { timeToFirstToken = NaN, modelTime = NaN, workTime = NaN } = metrics ?? {};
    expect(timeToFirstToken).toBeGreaterThanOrEqual(75);
    expect(modelTime).toBeGreaterThanOrEqual(timeToFirstToken + 110);
    expect(workTime).toBeGreaterThanOrEqual(modelTime);
    expect(run.metrics).toEqual(without(metrics!));
    expect(run.toJSON().metrics).toEqual(run.metrics);
    const events = await read(client.streamRun(run.runId));
    expect(events.find(({ event }) => event === 'RunCompleted')).toMatchObject({ metrics });
    expect(events.at(-1)).toMatchObject({ event: 'WorkflowCompleted', metrics: run.metrics });
  });

  test('has no time to the first token where its model does not stream', async () => {
    const refusal = { status: 400, message: '`stream` is not supported' };
    const run = await complete(agent(await scripted([refusal, { text: 'done', after: 30 }])));
    expect(run.metrics?.modelTime).toBeGreaterThanOrEqual(25);
    expect(run.stepResults[0]?.metrics).not.toHaveProperty('timeToFirstToken');
  });

  test('has the time to the first token of the model of a fallback that answers', async () => {
    const cut = await scripted([{ cut: true, text: 'Once upon a time' }]);
    const run = await complete(
      agent(fallback(cut, await scripted([{ text: 'done', after: 80 }], { input: 0, output: 0 }))),
    );
    expect(run.metrics?.cost).toBe(0);
    expect(run.stepResults[0]?.metrics?.timeToFirstToken).toBeGreaterThanOrEqual(75);
  });

  test('has no cost where nobody has said what its model costs', async () => {
    const { price: _, ...model } = await scripted(['done']);
    const { metrics } = await complete(agent(model));
    expect(metrics).toMatchObject({ turns: 1, inputTokens: 10 });
    expect(metrics).not.toHaveProperty('cost');
  });

  test('costs what it did when it was given, whatever the price is later', async () => {
    const { worker, client } = await sharedBed();
    const model = await scripted([LOOK, 'done']);
    const workflow = (price: ModelPrice): Workflow => {
      const execute = (): Promise<unknown> => worker([workflow({ input: 0, output: 1_000 })]);
      const raise = tool({ name: 'look', description: 'Raises the price.', execute });
      return new Workflow({
        name: 'Price',
        steps: [agent({ ...model, price }, { tools: [raise] })],
      });
    };
    await worker([workflow(PRICE)]);
    const run = await client.run(workflow(PRICE), 'question');
    expect(run.metrics?.cost).toBe(0.025);
    expect((await client.getRun(run.runId))?.metrics).toEqual(run.metrics);
  });
});

describe('what a run took', () => {
  test('counts each answer once, wherever its agent stands', async () => {
    let asked = 0;
    const model = await scripted(() => (++asked, 'done'));
    const each = ['a', 'b'].map((name) => agent(model, { name }));
    const run = await complete(
      new Loop({ maxIterations: 2, steps: [new Parallel({ steps: each })] }),
      agent(model),
    );
    expect(asked).toBe(5);
    expect(run.metrics).toMatchObject({ turns: 5, inputTokens: 50, cost: 0.1 });
  });

  test('is nothing without agents, and a nested run has its own', async () => {
    const model = await scripted(['done']);
    const inner = new Workflow({ name: 'Inner', steps: [agent(model)] });
    const run = await complete(() => 1, new Step({ name: 'Nested', workflow: inner }));
    expect(run.metrics).toBeNull();
    const { client } = await sharedBed();
    expect((await client.getRun(run.stepResults[1]?.runId ?? ''))?.metrics?.turns).toBe(1);
  });

  test('is told while it is under way, up to the last turn that is over', async () => {
    const reached = deferred();
    const released = deferred();
    const model = await scripted(async ({ number }) => {
      if (number === 1) return LOOK;
      reached.resolve();
      await released.promise;
      return 'done';
    });
    const { client, worker } = await sharedBed();
    const workflow = new Workflow({ name: 'W', steps: [agent(model)] });
    await worker([workflow]);
    const run = await client.run(workflow, 'question', { background: true });
    await reached.promise;
    expect((await run.refresh()).metrics).toMatchObject({ turns: 1, cost: 0.02 });
    released.resolve();
    expect((await finished(run)).metrics).toMatchObject({ turns: 2, cost: 0.04 });
  });
});

describe('a budget', () => {
  test('fails the run, which tells what it took', async () => {
    const model = await scripted(() => LOOK);
    const run = await complete(agent(model, { budget: { cost: 0.03 } }));
    expect(run.error).toMatchObject({
      code: 'BUDGET_EXHAUSTED',
      step: 'Agent',
      message: expect.stringContaining("the agent 'Agent' has taken 0.04 of its 0.03 USD"),
    });
    const { client } = await sharedBed();
    const metrics = expect.objectContaining({ turns: 2, cost: 0.04 });
    expect(run.metrics).toEqual(metrics);
    const [last] = (await read(client.streamRun(run.runId))).slice(-1);
    expect(last).toMatchObject({ event: 'WorkflowError', metrics });
  });

  test('counts no attempt that fails', async () => {
    const model = await scripted([{ status: 500 }, LOOK, { status: 500 }, { cut: true }, 'done']);
    const run = await complete(agent(model, { budget: { tokens: 30 } }));
    expect(run).toMatchObject({ content: 'done', metrics: { turns: 2, cost: 0.04 } });
  });

  test('of time is held against what models and tools took, and lets it finish', async () => {
    const nap = tool({
      name: 'look',
      description: 'Takes its time.',
      execute: () => new Promise((resolve) => setTimeout(resolve, 150)),
    });
    const model = await scripted(({ messages }) =>
      String(messages.at(-1)?.content).includes('Give your answer now') ? 'enough' : LOOK,
    );
    const run = await complete(
      agent(model, { tools: [nap], budget: { duration: '140 ms' }, onBudget: 'finish' }),
    );
    expect(run).toMatchObject({ content: 'enough', metrics: { turns: 2, toolCalls: 1 } });
    expect(run.metrics?.workTime).toBeGreaterThanOrEqual(145);
  });

  test('of a leader holds for its members, and their run replays', async () => {
    const model = await scripted(({ body, messages }) => {
      const isLeader = JSON.stringify(body['tools'] ?? []).includes('delegate_task');
      if (!isLeader) return messages.length === 1 && body['tools'] !== undefined ? LOOK : 'known';
      const args = { member: 'Agent', task: 'do it' };
      return { calls: [{ name: 'delegate_task_to_member', arguments: args }] };
    });
    const { client, worker } = await sharedBed();
    const team = new Team({
      ...{ name: 'Crew', model, members: [agent(model)] },
      ...{ budget: { cost: 0.04 }, onBudget: 'finish' },
    });
    const workflow = new Workflow({ name: 'Led', steps: [team] });
    await worker([workflow]);
    const run = await client.run(workflow, 'question');
    // Its member's last turn, and its own, are those that go beyond it.
    expect(run).toMatchObject({ content: 'known', metrics: { turns: 4, cost: 0.08 } });
    expect(await replay(await recordHistory(run.runId, { client }))).toMatchObject([{ ok: true }]);
  });
});

describe('what a session took', () => {
  test('is the sum of its runs, however they ended', async () => {
    const { client, worker } = await sharedBed();
    const model = await scripted(() => LOOK);
    const workflow = new Workflow({
      name: 'In session',
      steps: [
        ({ input }) => input,
        new Step({
          agent: agent(model, { budget: { tokens: 30 }, maxTurns: 2 }),
        }),
      ],
    });
    const plain = new Workflow({ name: 'Plain', steps: [() => 1] });
    await worker([workflow, plain]);
    const sessionId = randomUUID();
    await client.run(plain, null, { sessionId });
    expect((await client.getSession(sessionId))?.metrics).toBeNull();
    const runs: FinishedRun[] = [];
    for (const input of ['one', 'two']) {
      const run = await client.run(workflow, input, { sessionId, background: true });
      runs.push(await finished(run));
    }
    expect(runs.map(({ status, metrics }) => [status, metrics?.turns])).toEqual([
      ['failed', 2],
      ['failed', 2],
    ]);
    const session = await client.getSession(sessionId);
    const sum = (key: 'modelTime' | 'workTime'): number =>
      runs.reduce((all, { metrics }) => all + (metrics?.[key] ?? NaN), 0);
    expect(session?.metrics).toEqual({
      ...{ turns: 4, toolCalls: 4, inputTokens: 40, outputTokens: 20, cachedTokens: 0 },
      ...{ reasoningTokens: 0, cost: 0.08 },
      ...{ modelTime: sum('modelTime'), workTime: sum('workTime') },
    });
  });

  test('and what a run has left of a budget, go along into its further executions', async () => {
    const model = await scripted(({ messages }) =>
      messages.some(({ content }) => content === 'question') ? LOOK : 'fine',
    );
    const bed = await testBed();
    const spendthrift = new Step({
      name: 'A',
      agent: agent(model, { budget: { cost: 0.12 } }),
      onError: 'skip',
    });
    const steps = [spendthrift, () => 'thanks', agent(model, { name: 'B' })];
    const long = new Workflow({ name: 'Long', steps });
    await bed.worker([long], { [SEGMENT_EVENTS_OPTION]: 10 });
    const sessionId = randomUUID();
    const started = await bed.client.run(long, 'question', { background: true, sessionId });
    const run = await finished(started);
    expect(run.temporalRunId).not.toBe(started.temporalRunId);
    expect(run.stepResults.map(({ metrics }) => metrics?.turns)).toEqual([6, undefined, 1]);
    expect(run.stepResults[0]?.error).toContain('0.12 of its 0.12 USD');
    expect(run.metrics).toMatchObject({ turns: 7, cost: 0.14 });
    expect((await bed.client.getSession(sessionId))?.metrics).toEqual(run.metrics);
  });
});
