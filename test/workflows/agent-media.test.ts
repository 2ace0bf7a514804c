import { expect, onTestFinished, test } from 'vitest';
import {
  Agent,
  customModel,
  offline,
  Step,
  StepOutput,
  tool,
  Workflow,
  type AgentOptions,
  type FinishedRun,
  type ModelProvider,
  type ModelRequest,
} from '../../src/index.js';
import {
  fromRun,
  recordHistory,
  scriptedModel,
  type ScriptedModel,
} from '../../src/testing/index.js';
import { finished, sharedBed, testBed } from '../support/temporal.js';

const PHOTO = 'https://example.com/photo.png';
/** Larger than what a call holds itself. */
const DATA = Buffer.from('drawing'.repeat(1_000)).toString('base64');

const look = tool({ name: 'look', description: 'Looks.', execute: () => 'a cat' });
const looks = { calls: [{ name: 'look', arguments: {} }] };

async function scripted(): Promise<ScriptedModel> {
  const model = await scriptedModel([looks, 'seen']);
  onTestFinished(() => model.close());
  return model;
}

/** An agent that looks at a photo, which came with the run, and at what a step has drawn. */
const looking = (options: Omit<AgentOptions, 'name'>): Workflow =>
  new Workflow({
    name: 'Looking',
    steps: [
      new Step({
        name: 'Draw',
        executor: () =>
          new StepOutput({
            content: 'What is it?',
            images: [{ data: DATA, mimeType: 'image/png' }],
          }),
      }),
      () => 'And where?',
      new Agent({ name: 'Agent', ...options, tools: [look] }),
    ],
  });

async function complete(options: Omit<AgentOptions, 'name'>): Promise<FinishedRun> {
  const { complete: completed } = await sharedBed();
  return completed(looking(options), 'question', { images: [PHOTO] });
}

const PARTS = [
  { type: 'text', text: 'And where?' },
  { type: 'image_url', image_url: { url: PHOTO } },
  { type: 'image_url', image_url: { url: `data:image/png;base64,${DATA}` } },
];

test("images of the run and of earlier steps are parts of an agent's first message, at each turn", async () => {
  const model = await scripted();
  const run = await complete({ model: model.model });
  expect(run.content).toBe('seen');
  expect(model.requests.map(({ messages }) => messages[0]?.parts)).toEqual([PARTS, PARTS]);
  // Of a history they stand where they came from alone.
  const { client } = await sharedBed();
  const history = await recordHistory(run.runId, { client });
  const data = [...history.matchAll(/"data": "([^"]+)"/g)].map(([, text = '']) =>
    Buffer.from(text, 'base64').toString('utf8'),
  );
  expect(data.filter((text) => text.includes(DATA))).toHaveLength(1);
});

test('a worker that lacks them reads them from the history', async () => {
  const bed = await testBed();
  let hasMoved = false;
  const model = await scriptedModel(async ({ messages }) => {
    if (messages.length > 1) return 'seen';
    if (!hasMoved) {
      hasMoved = true;
      await bed.worker([workflow]);
      await drawing.close();
    }
    return looks;
  });
  onTestFinished(() => model.close());
  const workflow = looking({ model: model.model });
  const drawing = await bed.worker([workflow], { shutdownGrace: 1 });
  const run = await bed.client.run(workflow, 'q', { background: true, images: [PHOTO] });
  expect((await finished(run)).content).toBe('seen');
  expect(model.requests.map(({ messages }) => messages[0]?.parts)).toEqual([PARTS, PARTS, PARTS]);
});

test('an agent may keep them from its model', async () => {
  const model = await scripted();
  await complete({ model: model.model, sendMediaToModel: false });
  expect(model.requests[1]?.messages[0]).toEqual({ role: 'user', content: 'And where?' });
});

test('a provider of one’s own is given them as they are, and offline() does without', async () => {
  const asked: ModelRequest[] = [];
  const own: ModelProvider = {
    answer(request) {
      asked.push(request);
      return Promise.resolve({ text: 'seen', calls: [], usage: null });
    },
  };
  const bed = await testBed();
  const workflow = looking({ model: customModel({ provider: 'own', id: 'm' }) });
  await bed.worker([workflow], { models: { providers: { own } } });
  await finished(await bed.client.run(workflow, 'q', { background: true, images: [PHOTO] }));
  const images = [{ url: PHOTO }, { data: DATA, mimeType: 'image/png' }];
  expect(asked[0]?.messages).toEqual([{ role: 'user', text: 'And where?', media: { images } }]);
  expect((await complete({ model: offline() })).status).toBe('completed');
});

test('a recorded run with images is a script', async () => {
  const { client } = await sharedBed();
  const recorded = await complete({ model: (await scripted()).model });
  const script = await fromRun(await recordHistory(recorded.runId, { client }));
  const model = await scriptedModel(script);
  onTestFinished(() => model.close());
  expect((await complete({ model: model.model })).content).toBe('seen');
  model.assertComplete();
});
