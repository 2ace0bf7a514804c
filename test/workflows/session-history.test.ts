import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Agent, Step, Workflow } from '../../src/index.js';
import { scriptedModel, type ScriptedRequest } from '../../src/testing/index.js';
import { finished, testBed } from '../support/temporal.js';

const asked = ({ messages }: ScriptedRequest): string | null => messages.at(-1)?.content ?? null;

test('agents are told of earlier runs where the workflow or the step says so, of as many as it says', async () => {
  const { client, worker } = await testBed();
  const script = Array.from({ length: 3 }, (_, run) =>
    ['x', 'y', 'z'].map((n) => `${n}${String(run + 1)}`),
  );
  await using model = await scriptedModel(script.flat());
  const agent = new Agent({ name: 'Bot', model: model.model });
  const workflow = new Workflow({
    name: 'Told',
    addWorkflowHistoryToSteps: true,
    numHistoryRuns: 1,
    steps: [
      new Step({ name: 'x', agent }),
      new Step({ name: 'y', agent, addWorkflowHistory: false }),
      new Step({ name: 'z', agent, numHistoryRuns: 2 }),
    ],
  });
  await worker([workflow]);
  const session = { sessionId: randomUUID() };
  for (const input of ['one', 'two', 'three']) await client.run(workflow, input, session);
  const run = (nth: number, input: string, output: string): string =>
    `[Workflow Run-${String(nth)}]\nUser input: ${input}\nWorkflow output: ${output}\n\n`;
  const told = (runs: string): string =>
    `<workflow_history_context>\n${runs}</workflow_history_context>\n`;
  expect(model.requests.map(asked)).toEqual([
    ...['one', 'x1', 'y1'],
    ...[`${told(run(1, 'one', 'z1'))}two`, 'x2', `${told(run(1, 'one', 'z1'))}y2`],
    `${told(run(1, 'two', 'z2'))}three`,
    'x3',
    `${told(run(1, 'one', 'z1') + run(2, 'two', 'z2'))}y3`,
  ]);
});

test('by default no agent is told, and where it is switched on, of 3 runs', async () => {
  const { client, worker } = await testBed();
  await using model = await scriptedModel(() => 'ok');
  const agent = new Agent({ name: 'Bot', model: model.model });
  const workflow = new Workflow({
    name: 'Default',
    steps: [
      new Step({ name: 'a', agent }),
      new Step({ name: 'b', agent, addWorkflowHistory: true }),
    ],
  });
  await worker([workflow]);
  const session = { sessionId: randomUUID() };
  for (const input of ['1', '2', '3', '4', '5']) await client.run(workflow, input, session);
  const [plain, told] = model.requests.slice(-2).map(asked);
  expect(plain).toBe('5');
  expect(told?.match(/User input: \d/g)).toEqual(['2', '3', '4'].map((n) => `User input: ${n}`));
});

const recall = new Step({
  name: 'Recall',
  maxRetries: 0,
  executor: (input) => {
    if (input.input === 'bad') throw new Error('asked to');
    return [
      input.getWorkflowHistory().map(([asked, gave]) => `${asked}>${String(gave.length)}`),
      input.getWorkflowHistory(1).length,
      input.getWorkflowHistoryContext(1)?.split('\n')[2] ?? null,
    ];
  },
});

test('a function asks for completed runs, whatever is switched on', async () => {
  const { client, worker } = await testBed();
  const workflow = new Workflow({ name: 'Recall', steps: [recall, () => 'out'] });
  await worker([workflow]);
  const session = { sessionId: randomUUID() };
  const recalled = async (input: unknown): Promise<unknown> => {
    const run = await finished(
      await client.run(workflow, input as string, { ...session, background: true }),
    );
    return run.stepResults[0]?.content;
  };
  expect(await recalled({ k: 'v' })).toEqual([[], 0, null]);
  expect(await recalled('bad')).toBeNull();
  expect(await recalled('two')).toEqual([['{\n  "k": "v"\n}>3'], 1, 'User input: {']);
  expect(await recalled('three')).toEqual([['{\n  "k": "v"\n}>3', 'two>3'], 1, 'User input: two']);
  const alone = await client.run(workflow, 'alone');
  expect(alone.stepResults[0]?.content).toEqual([[], 0, null]);
});

test.each(['overlap', 'queue'] as const)(
  'a long history is read from the run’s own, where runs %s',
  async (sessionConcurrency) => {
    const { client, worker } = await testBed();
    const long = new Step({ name: 'Long', executor: () => 'x'.repeat(3_000) });
    const workflow = new Workflow({ name: 'Long', sessionConcurrency, steps: [recall, long] });
    await worker([workflow]);
    const session = { sessionId: randomUUID() };
    await client.run(workflow, 'one', session);
    await client.run(workflow, 'two', session);
    const run = await client.run(workflow, 'three', session);
    expect(run.stepResults[0]?.content).toEqual([['one>3000', 'two>3000'], 1, 'User input: two']);
  },
);
