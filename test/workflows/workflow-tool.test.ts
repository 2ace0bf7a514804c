import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { Agent, configure, Workflow, type JsonObject } from '../../src/index.js';
import { agentTool, workflowTool } from '../../src/tools/index.js';
import { scriptedModel, type ScriptedHandler, type ScriptedTurn } from '../../src/testing/index.js';
import { finished, sharedBed } from '../support/temporal.js';

beforeAll(async () => {
  const { address, taskQueue } = await sharedBed();
  configure({ address, taskQueue });
});

async function scripted(
  script: readonly ScriptedTurn[] | ScriptedHandler,
): ReturnType<typeof scriptedModel> {
  const model = await scriptedModel(script);
  onTestFinished(() => model.close());
  return model;
}

const asks = (name: string, args: JsonObject): ScriptedTurn => ({
  calls: [{ name, arguments: args }],
});

test('an agent is given what a workflow comes to, or why it fails, and knows how to ask', async () => {
  const inner = new Workflow({
    name: 'Price list',
    description: 'What a thing costs.',
    inputSchema: z.object({ item: z.string() }),
    maxRetries: 0,
    steps: [
      ({ input }) => {
        if (input.item === 'luck') throw new Error('not for sale');
        return { cents: 250 };
      },
    ],
  });
  const model = await scripted([
    asks('price-list', { item: 'tea' }),
    asks('price-list', { item: 'luck' }),
    'Tea: 2.50',
  ]);
  const agent = new Agent({ name: 'Seller', model: model.model, tools: [workflowTool(inner)] });
  const outer = new Workflow({ name: 'Sale', steps: [agent] });
  const bed = await sharedBed();
  await bed.worker([outer, inner]);
  const run = await bed.complete(outer, 'tea?', { userId: 'u' });
  expect(run.content).toBe('Tea: 2.50');
  expect(model.requests[0]?.body['tools']).toMatchObject([
    {
      function: {
        name: 'price-list',
        description: 'What a thing costs.',
        parameters: { type: 'object', required: ['item'] },
      },
    },
  ]);
  expect(model.requests[1]?.messages.at(-1)?.content).toBe('{\n  "cents": 250\n}');
  expect(model.requests[2]?.messages.at(-1)?.content).toMatch(
    /^Error: The run price-list-\S{43} failed: not for sale$/,
  );
  const runs = await bed.client.listRuns({ workflow: inner });
  expect(runs.map(({ status }) => status).sort()).toEqual(['completed', 'failed']);
});

test('an agent asks another by a tool, whose run is its own', async () => {
  const model = await scripted(({ messages }) => {
    const last = messages.at(-1);
    if (last?.role === 'tool') return `He says: ${String(last.content)}`;
    return last?.content === 'ask him' ? asks('poet', { task: 'a line' }) : 'Roses are red.';
  });
  const poet = new Agent({ name: 'Poet', description: 'Writes lines.', model: model.model });
  const agent = new Agent({ name: 'Friend', model: model.model, tools: [agentTool(poet)] });
  const bed = await sharedBed();
  await bed.worker([poet.workflow]);
  const run = await bed.complete(new Workflow({ name: 'Friends', steps: [agent] }), 'ask him');
  expect(run.content).toBe('He says: Roses are red.');
  expect(await bed.client.listRuns({ workflow: poet.workflow })).toHaveLength(1);
});

test('a run that is cancelled cancels the run that a tool of it waits for', async () => {
  let begun: (runId: string) => void = () => undefined;
  const isBegun = new Promise<string>((resolve) => (begun = resolve));
  const inner = new Workflow({
    name: 'Endless',
    description: 'Takes for ever.',
    steps: [
      (_, { runId, signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
          begun(runId);
        }),
    ],
  });
  const model = await scripted([asks('endless', { input: 'x' })]);
  const agent = new Agent({ name: 'Waiter', model: model.model, tools: [workflowTool(inner)] });
  const outer = new Workflow({ name: 'Waiting', steps: [agent] });
  const bed = await sharedBed();
  await bed.worker([outer, inner]);
  const run = await bed.client.run(outer, 'x', { background: true });
  const innerId = await isBegun;
  await run.cancel();
  expect((await finished(run)).status).toBe('cancelled');
  expect((await bed.client.waitForRun(innerId)).status).toBe('cancelled');
});

test('a workflow that says nothing of itself has to be described', () => {
  const inner = new Workflow({ name: 'Mute', steps: [() => 1] });
  expect(() => workflowTool(inner)).toThrow(
    'workflowTool: `description` must be a string that is not empty, got null',
  );
  expect(workflowTool(inner, { name: 'speak', description: 'Speaks.' })).toMatchObject({
    name: 'speak',
    parameters: { properties: { input: { type: 'string' } } },
  });
});
