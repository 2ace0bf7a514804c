import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  Agent,
  NonRetryableError,
  Step,
  tool,
  Workflow,
  type AgentOptions,
  type FinishedRun,
  type Instructions,
  type RunOptions,
  type TurnContext,
} from '../../src/index.js';
import { recordHistory, type ScriptedModel, type ScriptedTurn } from '../../src/testing/index.js';
import { finished, sharedBed, testBed } from '../support/temporal.js';
import { scripted } from '../support/scripted.js';

const AT_ONCE = { retry: { initialInterval: 1, backoff: 1 } } as const;

/** A run of one agent, into which 'prompt' flows. */
async function complete(
  options: Omit<AgentOptions, 'name'>,
  run: RunOptions = {},
): Promise<FinishedRun> {
  const { complete: completed } = await sharedBed();
  const agent = new Agent({ name: 'Agent', ...AT_ONCE, ...options });
  const steps = [() => 'prompt', new Step({ name: 'Ask', agent })];
  return completed(new Workflow({ name: 'W', steps }), 'question', run);
}

/** The system's message of each request. */
function systems({ requests }: ScriptedModel): (string | null | undefined)[] {
  return requests.map(({ messages }) => messages.find(({ role }) => role === 'system')?.content);
}

const note = tool({
  name: 'note',
  description: 'Notes.',
  parameters: z.object({ text: z.string() }),
  execute: ({ text }, { sessionState }) => {
    sessionState['noted'] = text;
  },
});
const notes: ScriptedTurn = { calls: [{ name: 'note', arguments: { text: 'bees' } }] };

test('a function gives the instructions of a conversation, once, by what is known of the run', async () => {
  const model = await scripted([notes, 'done']);
  const contexts: TurnContext[] = [];
  const run = await complete(
    {
      model: model.model,
      tools: [note],
      description: 'You note.',
      instructions: (context) => {
        contexts.push(context);
        return ['Be short.', `Speak ${String(context.metadata['language'])}.`];
      },
    },
    {
      metadata: { language: 'Danish' },
      sessionState: { n: 1 },
      additionalData: { more: true },
      userId: 'ann',
    },
  );
  const system = 'You note.\n\n<instructions>\n- Be short.\n- Speak Danish.\n</instructions>';
  expect(systems(model)).toEqual([system, system]);
  expect(contexts).toMatchObject([
    {
      ...{ runId: run.runId, workflowName: 'W', stepName: 'Ask', agent: 'Agent', turn: 1 },
      ...{ sessionId: null, userId: 'ann', metadata: { language: 'Danish' } },
      ...{ input: 'question', previousStepContent: 'prompt', additionalData: { more: true } },
      ...{ sessionState: { n: 1 }, attempt: 1 },
    },
  ]);
});

test('may not change the session state that it is shown', async () => {
  const model = await scripted(['never']);
  const run = await complete({
    model: model.model,
    maxRetries: 0,
    instructions: ({ sessionState }) => {
      Object.assign(sessionState, { n: 2 });
      return '';
    },
  });
  expect(run.error).toMatchObject({ code: 'STEP_FAILED', type: 'TypeError' });
});

test('what it gave stands in the history: another worker tells its model the same', async () => {
  const model = await scripted([notes, 'done']);
  const bed = await testBed();
  let hasMoved = false;
  const stays = tool({
    ...{ name: 'note', description: 'Notes.' },
    execute: async (_, { signal }) => {
      if (hasMoved) return;
      hasMoved = true;
      await bed.worker([define('By the second.')]);
      void first.close();
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      });
    },
  });
  const define = (instructions: string): Workflow => {
    const own = async (): Promise<string> => Promise.resolve(instructions);
    const agent = new Agent({ name: 'A', model: model.model, tools: [stays], instructions: own });
    return new Workflow({ name: 'Moving', steps: [agent] });
  };
  const first = await bed.worker([define('By the first.')], { shutdownGrace: 1 });
  const run = await finished(await bed.client.run(define('By none.'), 'q', { background: true }));
  expect(run.content).toBe('done');
  const system = '<instructions>\nBy the first.\n</instructions>';
  expect(systems(model)).toEqual([system, system]);
  const history = await recordHistory(run.runId, { client: bed.client });
  const results = [...history.matchAll(/"data": "([^"]+)"/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString('utf8'),
  );
  expect(results.filter((data) => data.includes('By the first.'))).toHaveLength(1);
});

test('it is called again where the first turn is tried again, and that counts which was answered', async () => {
  const model = await scripted([{ status: 500 }, notes, 'done']);
  let calls = 0;
  const run = await complete({
    model: model.model,
    tools: [note],
    instructions: () => `Call ${String(++calls)}.`,
  });
  expect(run.content).toBe('done');
  const [one, two] = [1, 2].map((n) => `<instructions>\nCall ${String(n)}.\n</instructions>`);
  expect(systems(model)).toEqual([one, two, two]);
});

test.each<[what: string, instructions: Instructions, calls: number, message: string]>([
  ['an error', () => Promise.reject(new Error('no prompt')), 2, 'no prompt'],
  [
    'an error that another attempt is no use against',
    () => {
      throw new NonRetryableError('who are you?');
    },
    1,
    'who are you?',
  ],
  [
    'neither a text nor a list of texts',
    () => [1] as unknown as string[],
    1,
    "The function in `instructions` of 'Agent' must give a string, or a list of strings, got another list",
  ],
])('%s of it fails the turn like an executor’s', async (_, instructions, calls, message) => {
  const model = await scripted(['never']);
  let called = 0;
  const run = await complete({
    model: model.model,
    maxRetries: 1,
    instructions: (context) => {
      called += 1;
      return instructions(context);
    },
  });
  expect(run.error).toMatchObject({ code: 'STEP_FAILED', message, step: 'Ask' });
  expect([called, model.requests.length]).toEqual([calls, 0]);
});

test.each([[''], [[]]])('where it gives %j there are none', async (none) => {
  const model = await scripted(['done']);
  await complete({ model: model.model, instructions: () => none });
  expect(systems(model)).toEqual([undefined]);
});

test('the session state is told at the end, as it was when the agent began', async () => {
  const model = await scripted([notes, 'done']);
  await complete(
    {
      model: model.model,
      tools: [note],
      expectedOutput: 'A word.',
      addSessionStateToContext: true,
    },
    { sessionState: { items: ['tea'] } },
  );
  const system =
    '<expected_output>\nA word.\n</expected_output>\n\n' +
    '<session_state>\n{\n  "items": [\n    "tea"\n  ]\n}\n</session_state>';
  expect(systems(model)).toEqual([system, system]);
});
