import { Context } from '@temporalio/activity';
import { Connection } from '@temporalio/client';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import type { Outlast } from '../../src/client/index.js';
import { dateOf } from '../../src/client/timestamp.js';
import {
  Agent,
  customModel,
  fallback,
  gemini,
  ModelError,
  openai,
  openaiCompatible,
  Parallel,
  Step,
  tool,
  Workflow,
  type AgentOptions,
  type FinishedRun,
  type Model,
  type ModelProvider,
  type ModelRequest,
  type StepBaseOptions,
} from '../../src/index.js';
import { recordHistory, type ScriptedModel, type ScriptedTurn } from '../../src/testing/index.js';
import { createWorker } from '../../src/worker/index.js';
import { finished, testBed } from '../support/temporal.js';
import { scripted } from '../support/scripted.js';

const AT_ONCE = { retry: { initialInterval: 1, backoff: 1 } } as const;

/** A workflow of one agent, and what becomes of a run of it. */
async function complete(
  options: Omit<AgentOptions, 'name'>,
  input: unknown = 'question',
  step: StepBaseOptions = {},
): Promise<FinishedRun> {
  const bed = await testBed();
  const agent = new Agent({ name: 'Agent', ...AT_ONCE, ...options });
  const workflow = new Workflow({ name: 'W', steps: [new Step({ ...step, agent })] });
  return bed.complete(workflow, input);
}

const sum = tool({
  name: 'sum',
  description: 'Adds two numbers.',
  parameters: z.object({ a: z.number().describe('The first.'), b: z.number().default(1) }),
  execute: ({ a, b }) => a + b,
});

describe('an agent', () => {
  test("sends instructions, prompt, options and tools, and gives its model's answer", async () => {
    const model = await scripted(['an answer']);
    const run = await complete({
      model: model.model,
      description: 'You calculate.',
      instructions: ['Be exact.', 'Be short.'],
      expectedOutput: 'A number.',
      tools: [[sum]],
      temperature: 0,
      maxTokens: 100,
    });
    expect(run.content).toBe('an answer');
    expect(run.stepResults).toMatchObject([{ name: 'Agent', type: 'Step', content: 'an answer' }]);
    expect(model.requests[0]?.body).toEqual({
      ...{ model: 'scripted', stream: true, stream_options: { include_usage: true } },
      temperature: 0,
      max_tokens: 100,
      messages: [
        {
          role: 'system',
          content:
            'You calculate.\n\n<instructions>\n- Be exact.\n- Be short.\n</instructions>\n\n<expected_output>\nA number.\n</expected_output>',
        },
        { role: 'user', content: 'question' },
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'sum',
            description: 'Adds two numbers.',
            parameters: {
              type: 'object',
              properties: {
                a: { type: 'number', description: 'The first.' },
                b: { type: 'number', default: 1 },
              },
              required: ['a'],
            },
          },
        },
      ],
    });
  });

  test('calls the tools that a turn asks for at once, and tells the model what each gave', async () => {
    let waiting: () => void = () => undefined;
    const met = new Promise<void>((resolve) => (waiting = resolve));
    let arrived = 0;
    const meet = tool({
      name: 'meet',
      description: 'Waits for the other one.',
      parameters: z.object({ as: z.string() }),
      execute: async ({ as }) => {
        arrived += 1;
        if (arrived === 2) waiting();
        await met;
        return { as };
      },
    });
    const model = await scripted([
      {
        calls: [
          { name: 'meet', arguments: { as: 'a' } },
          { name: 'meet', arguments: { as: 'b' } },
        ],
      },
      'met',
    ]);
    const run = await complete({ model: model.model, tools: [meet] });
    expect(run.content).toBe('met');
    expect(model.requests[1]?.messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'call_1_1', content: '{\n  "as": "a"\n}' },
      { role: 'tool', tool_call_id: 'call_1_2', content: '{\n  "as": "b"\n}' },
    ]);
  });

  test('is told what is wrong with a call, and may mend it', async () => {
    let tries = 0;
    const broken = tool({
      name: 'broken',
      description: 'Never works.',
      maxRetries: 1,
      ...AT_ONCE,
      execute: () => {
        tries += 1;
        throw new Error('out of paper');
      },
    });
    const model = await scripted([
      {
        calls: [
          { name: 'sum', arguments: { a: 'one' } },
          { name: 'sum', arguments: '{"a": ' },
          { name: 'subtract', arguments: {} },
          { name: 'broken', arguments: {} },
        ],
      },
      { calls: [{ name: 'sum', arguments: { a: 2 } }] },
      'three',
    ]);
    const run = await complete({ model: model.model, tools: [sum, broken] });
    expect(run.content).toBe('three');
    expect(tries).toBe(2);
    const [, second, third] = model.requests;
    expect(second?.messages.slice(2).map(({ content }) => content)).toEqual([
      'Error: sum: the arguments are refused: a: Invalid input: expected number, received string',
      expect.stringMatching(/^Error: sum: the arguments aren't JSON: /),
      "Error: There is no tool 'subtract'. The tools are: sum, broken.",
      'Error: out of paper',
    ]);
    expect(third?.messages.at(-1)?.content).toBe('3');
    model.assertComplete();
  });

  test("joins what its tools change in the session state in the order of the model's calls", async () => {
    const push = tool({
      name: 'push',
      description: 'Appends.',
      parameters: z.object({ item: z.string(), wait: z.number() }),
      execute: async ({ item, wait }, { sessionState }) => {
        await new Promise((resolve) => setTimeout(resolve, wait));
        sessionState['items'] = [...((sessionState['items'] ?? []) as string[]), item];
        sessionState['last'] = item;
      },
    });
    const model = await scripted([
      {
        calls: [
          { name: 'push', arguments: { item: 'a', wait: 200 } },
          { name: 'push', arguments: { item: 'b', wait: 1 } },
        ],
      },
      { calls: [{ name: 'push', arguments: { item: 'c', wait: 1 } }] },
      'done',
    ]);
    const bed = await testBed();
    const agent = new Agent({ name: 'Agent', model: model.model, tools: [push] });
    const run = await bed.complete(
      new Workflow({ name: 'W', steps: [agent, (_, { sessionState }) => sessionState] }),
    );
    expect(run.content).toEqual({ items: ['a', 'b', 'c'], last: 'c' });
  });

  test('with a schema gives an object, and is told what is wrong with an answer', async () => {
    const model = await scripted(['It is 7.', '{ "n": "seven" }', '```json\n{ "n": 7 }\n```']);
    const run = await complete({
      model: model.model,
      outputSchema: z.object({ n: z.number(), unit: z.string().default('bees') }),
    });
    expect(run.content).toEqual({ n: 7, unit: 'bees' });
    expect(model.requests[0]?.body['response_format']).toMatchObject({
      type: 'json_schema',
      json_schema: { name: 'answer', schema: { type: 'object', required: ['n'] } },
    });
    expect(model.requests[2]?.messages.map(({ role }) => role)).toEqual([
      ...['user', 'assistant', 'user', 'assistant', 'user'],
    ]);
    expect(model.requests[1]?.messages.at(-1)?.content).toMatch(
      /^Your answer is refused: it is no JSON .* of this schema: \{"type":"object"/,
    );
    expect(model.requests[2]?.messages.at(-1)?.content).toMatch(
      /^Your answer is refused: n: .*expected number.*Answer again/,
    );
  });

  test('whose answers its schema refuses three times in a row fails with what is wrong', async () => {
    const model = await scripted(['no', '{}', 'never']);
    const run = await complete({ model: model.model, outputSchema: z.object({ n: z.number() }) });
    expect(run.status).toBe('failed');
    expect(run.error).toMatchObject({ code: 'OUTPUT_INVALID', step: 'Agent' });
    expect(String(run.error)).toMatch(
      /'Agent' has answered what its `outputSchema` refuses: it is no JSON/,
    );
    expect(model.requests).toHaveLength(3);
  });

  test('whose last turn its schema refuses fails with what is wrong, too', async () => {
    const model = await scripted(['no']);
    const run = await complete({
      model: model.model,
      maxTurns: 1,
      outputSchema: z.object({ n: z.number() }),
    });
    expect(run.error).toMatchObject({ code: 'OUTPUT_INVALID', step: 'Agent' });
  });

  test('that asks for a tool in between has its answers counted anew', async () => {
    const call = { calls: [{ name: 'sum', arguments: { a: 1 } }] };
    const model = await scripted(['no', 'no', call, 'no', 'no', '{ "n": 1 }']);
    const run = await complete({
      model: model.model,
      tools: [sum],
      outputSchema: z.object({ n: z.number() }),
    });
    expect(run.content).toEqual({ n: 1 });
  });

  test('that asks for tools in its last turn fails, and says what to do', async () => {
    const model = await scripted(() => ({ calls: [{ name: 'sum', arguments: { a: 1 } }] }));
    const run = await complete({ model: model.model, tools: [sum], maxTurns: 3 });
    expect(run.error).toMatchObject({
      code: 'TURNS_EXHAUSTED',
      step: 'Agent',
      message: expect.stringContaining("the agent 'Agent' has taken all of its 3 turns"),
    });
    expect(model.requests).toHaveLength(3);
  });

  test('tells what it took, and fails when its budget is spent', async () => {
    // The scripted model tells of each turn that it took 10 and 5 tokens.
    const call = { calls: [{ name: 'sum', arguments: { a: 1 } }] };
    const enough = await scripted([call, 'done']);
    const done = await complete({ model: enough.model, tools: [sum], budget: { tokens: 16 } });
    expect(done.stepResults[0]?.metrics).toMatchObject({
      ...{ turns: 2, toolCalls: 1, inputTokens: 20, outputTokens: 10 },
      ...{ cachedTokens: 0, reasoningTokens: 0 },
    });
    const model = await scripted([call, 'never']);
    const run = await complete({ model: model.model, tools: [sum], budget: { tokens: 15 } });
    expect(run.error).toMatchObject({
      code: 'BUDGET_EXHAUSTED',
      step: 'Agent',
      message: expect.stringContaining("the agent 'Agent' has taken 15 of its 15 tokens"),
    });
    expect(run.stepResults[0]?.metrics).toMatchObject({ turns: 1, inputTokens: 10 });
    expect(model.requests).toHaveLength(1);
  });

  test('may answer with what it knows when its budget is spent', async () => {
    const model = await scripted([{ calls: [{ name: 'sum', arguments: { a: 1 } }] }, 'about 2']);
    const run = await complete({
      ...{ model: model.model, tools: [sum] },
      ...{ budget: { tokens: 1 }, onBudget: 'finish' },
    });
    expect(run.content).toBe('about 2');
    const [, last] = model.requests;
    expect(last?.body).not.toHaveProperty('tools');
    expect(last?.messages.at(-1)).toMatchObject({
      role: 'user',
      content: expect.stringContaining('Give your answer now'),
    });
  });

  test('may ask for so many tools, and is told when it has', async () => {
    const call = { calls: [{ name: 'sum', arguments: { a: 1 } }] };
    const model = await scripted([{ calls: [...call.calls, ...call.calls] }, call, call, 'enough']);
    const run = await complete({ model: model.model, tools: [sum], toolCallLimit: 3 });
    expect(run.content).toBe('enough');
    const told = model.requests.at(-1)?.messages.filter(({ role }) => role === 'tool');
    expect(told?.map(({ content }) => content)).toEqual([
      ...['2', '2', '2'],
      'Error: You may call 3 tools in all, and have. Answer with what you know.',
    ]);
  });

  test('fails its step by a tool that says so, when its attempts are over', async () => {
    let calls = 0;
    const pay = tool({
      name: 'pay',
      description: 'Pays.',
      parameters: z.object({ sum: z.number() }),
      onError: 'fail',
      maxRetries: 1,
      ...AT_ONCE,
      execute() {
        calls++;
        throw new Error('no money');
      },
    });
    const asked = (sum: string | number): ScriptedTurn => ({
      calls: [{ name: 'pay', arguments: { sum } }],
    });
    const model = await scripted([asked('all'), asked(1), 'never']);
    const run = await complete({ model: model.model, tools: [pay] });
    expect(run.error).toMatchObject({
      message: "Agent: the tool 'pay' of the agent 'Agent' failed: no money",
      code: 'STEP_FAILED',
      step: 'Agent',
      attempts: 2,
    });
    expect([calls, model.requests.length]).toEqual([2, 2]);
  });

  test('has a tool called by the workers of its queue', async () => {
    const bed = await testBed();
    const queue = `${bed.taskQueue}-tools`;
    const where = tool({
      name: 'where',
      description: 'Where it is called.',
      taskQueue: queue,
      execute: () => Context.current().info.taskQueue,
    });
    const model = await scripted([{ calls: [{ name: 'where', arguments: {} }] }, 'there']);
    const agent = new Agent({ name: 'Agent', model: model.model, tools: [where] });
    const workflow = new Workflow({ name: 'W', steps: [agent] });
    await bed.worker([workflow]);
    await bed.worker([workflow], { taskQueue: queue });
    const run = await bed.client.run(workflow, 'x', { background: true });
    expect((await finished(run)).content).toBe('there');
    expect(model.requests[1]?.messages.at(-1)?.content).toBe(queue);
  });

  test('hands its task over to another, whose answer is its own', async () => {
    const model = await scripted(({ messages }) =>
      messages.at(-1)?.content === 'refund me'
        ? {
            calls: [
              { name: 'hand_over_task', arguments: { member: 'Refunds', task: 'refund order 7' } },
            ],
          }
        : `done: ${String(messages.at(-1)?.content)}`,
    );
    const refunds = new Agent({ name: 'Refunds', model: model.model, description: 'Pays back.' });
    const other = new Agent({ name: 'Other', model: model.model });
    const run = await complete({ model: model.model, handoffs: [refunds, other] }, 'refund me');
    expect(run.content).toBe('done: refund me\n\nrefund order 7');
    expect(model.requests).toHaveLength(2);
    const [offered] = model.requests[0]?.body['tools'] as { function: { description: string } }[];
    expect(offered?.function.description).toContain('- Refunds: Pays back.\n- Other');
  });

  test('runs by itself, as a workflow of one step', async () => {
    const model = await scripted(['by myself']);
    const bed = await testBed();
    const agent = new Agent({ name: 'Lone agent', model: model.model });
    await using worker = await createWorker({
      workflows: [agent],
      taskQueue: bed.taskQueue,
      connection: { address: bed.address },
    });
    const running = worker.run();
    const { runId } = await agent.run('hello', { background: true, client: bed.client });
    expect(runId).toMatch(/^lone-agent-/);
    await bed.client.waitForRun(runId);
    const run = await agent.getRun(runId, { client: bed.client });
    expect(run).toMatchObject({ workflowName: 'Lone agent', content: 'by myself' });
    await worker.close();
    await running;
  });

  test('whose step may fail is skipped, and the content before it flows on', async () => {
    const model = await scripted([{ status: 400, message: 'no' }]);
    const bed = await testBed();
    const agent = new Agent({ name: 'Agent', model: model.model });
    const run = await bed.complete(
      new Workflow({
        name: 'W',
        steps: [() => 'before', new Step({ agent, onError: 'skip' })],
      }),
    );
    expect(run.content).toBe('before');
    expect(run.stepResults[1]).toMatchObject({ skipped: true, success: false });
  });

  test('beside another is asked at the same time, and both answers flow on', async () => {
    const model = await scripted(({ messages }) => `about ${String(messages.at(-1)?.content)}`);
    const bed = await testBed();
    const agents = ['A', 'B'].map((name) => new Agent({ name, model: model.model }));
    const run = await bed.complete(
      new Workflow({ name: 'W', steps: [new Parallel({ name: 'P', steps: agents })] }),
      'cats',
    );
    expect(run.content).toBe('=== A ===\nabout cats\n\n=== B ===\nabout cats');
  });

  test('shows its turns and tools while they are under way', async () => {
    let letGo: () => void = () => undefined;
    const free = new Promise<void>((resolve) => (letGo = resolve));
    const wait = tool({ name: 'wait', description: 'Waits.', execute: () => free });
    const model = await scripted([{ calls: [{ name: 'wait', arguments: {} }] }, 'done']);
    const bed = await testBed();
    const agent = new Agent({ name: 'Agent', model: model.model, tools: [wait] });
    const workflow = new Workflow({ name: 'W', steps: [agent] });
    await bed.worker([workflow]);
    const run = await bed.client.run(workflow, 'x', { background: true });
    await expect
      .poll(async () => (await run.refresh()).activeSteps)
      .toMatchObject([{ stepName: 'Agent', stepPath: 'Agent', turn: 1, tool: 'wait' }]);
    letGo();
    expect((await finished(run)).content).toBe('done');
  });

  test("lets go of its model's connection when the run is cancelled", async () => {
    const model = await scripted([{ text: 'late', after: '1 minute' }]);
    const bed = await testBed();
    const agent = new Agent({ name: 'Agent', model: model.model });
    const workflow = new Workflow({ name: 'W', steps: [agent] });
    await bed.worker([workflow]);
    const run = await bed.client.run(workflow, 'x', { background: true });
    await expect.poll(() => model.requests).toHaveLength(1);
    await run.cancel();
    const end = await finished(run);
    expect(end.status).toBe('cancelled');
    expect(end.stepResults).toMatchObject([{ name: 'Agent', success: false, error: 'cancelled' }]);
    expect(end.finishedAt.getTime() - end.createdAt.getTime()).toBeLessThan(8_000);
  });
});

describe("a provider's failure", () => {
  test.each<[string, ScriptedTurn]>([
    ['408', { status: 408 }],
    ['409', { status: 409 }],
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['a connection that is cut', { cut: true }],
    ['what is no JSON', { garbage: '<html>busy</html>' }],
    ['what is no completion', { garbage: '{"error":{"message":"overloaded"}}' }],
  ])('is tried again: %s', async (_, trouble) => {
    const model = await scripted([trouble, 'an answer']);
    const run = await complete({ model: model.model });
    expect(run.content).toBe('an answer');
    model.assertComplete();
  });

  test.each([
    [400, 'MODEL_REQUEST_REFUSED'],
    [401, 'MODEL_KEY_INVALID'],
    [404, 'MODEL_UNKNOWN'],
    [422, 'MODEL_REQUEST_REFUSED'],
  ])('of status %i fails the step at once, in its words', async (status, code) => {
    const model = await scripted([{ status, message: 'the model is retired' }]);
    const run = await complete({ model: model.model });
    expect(run.error).toMatchObject({
      code,
      attempts: 1,
      message: expect.stringContaining('the model is retired'),
    });
    model.assertComplete();
  });

  test.each([
    [{ status: 429 }, 'MODEL_RATE_LIMITED'],
    [{ status: 502 }, 'MODEL_UNAVAILABLE'],
    [{ garbage: '{}' }, 'MODEL_ANSWER_INVALID'],
  ] as const)(
    'that stays, %o, fails the step when its attempts are over',
    async (trouble, code) => {
      const model = await scripted([trouble, trouble]);
      const run = await complete({ model: model.model, maxRetries: 1 });
      expect(run.error).toMatchObject({ code, attempts: 2 });
      model.assertComplete();
    },
  );

  test('is waited out as long as Retry-After says', async () => {
    const at: number[] = [];
    const model = await scripted(() => {
      at.push(Date.now());
      return at.length === 1 ? { status: 429, retryAfter: 2 } : 'an answer';
    });
    expect((await complete({ model: model.model })).content).toBe('an answer');
    expect(at[1]! - at[0]!).toBeGreaterThan(1_900);
  });

  test('of a server that is not there names the address', async () => {
    const model = openaiCompatible({ baseURL: 'http://127.0.0.1:9/v1', id: 'gone' });
    const run = await complete({ model, maxRetries: 0 });
    expect(run.error).toMatchObject({
      code: 'MODEL_UNAVAILABLE',
      message: expect.stringMatching(/gone at http:\/\/127\.0\.0\.1:9\/v1 can't be reached: .+/),
    });
  });

  test('of taking too long is a time-out, and the connection ends', async () => {
    const model = await scripted([{ text: 'late', after: '1 minute' }, 'in time']);
    const run = await complete({ model: model.model, timeout: 300 });
    expect(run.content).toBe('in time');
  });
});

describe('a fallback', () => {
  const atFirst = async (turns: readonly ScriptedTurn[]): Promise<[ScriptedModel, Model]> => {
    const server = await scripted(turns);
    return [server, openaiCompatible({ baseURL: server.baseURL, id: 'first' })];
  };

  test('asks the next where one fails by itself, turn by turn, and tells which answered', async () => {
    const asked = { calls: [{ name: 'sum', arguments: { a: 2 } }] };
    const [one, first] = await atFirst([{ status: 503 }, { status: 429, retryAfter: 3600 }]);
    const two = await scripted([asked, 'three']);
    const bed = await testBed();
    const model = fallback(first, two.model);
    const agent = new Agent({ name: 'Agent', model, tools: [sum], temperature: 0 });
    const workflow = new Workflow({ name: 'W', steps: [agent] });
    await bed.worker([workflow]);
    const { client } = bed;
    const told = [];
    for await (const event of workflow.run('x', { stream: true, client })) told.push(event);
    expect(told).toContainEqual(
      expect.objectContaining({
        ...{ event: 'RunCompleted', turns: 2, model: 'openai-compatible/scripted' },
        content: 'three',
      }),
    );
    expect(one.requests.map(({ body }) => body['temperature'])).toEqual([0, 0]);
    expect(two.requests.map(({ body }) => body['temperature'])).toEqual([0, 0]);
    const history = await recordHistory(told[0]!.runId, { client });
    const results = [...history.matchAll(/"data": "([^"]+)"/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString(),
    );
    expect(
      results.filter((text) => text.includes('"model":"openai-compatible/scripted"')),
    ).toHaveLength(2);
  });

  test('of which none answers is tried again from the first', async () => {
    const [one, first] = await atFirst([{ status: 503 }, 'an answer']);
    const two = await scripted([{ status: 429, retryAfter: 3600 }]);
    const run = await complete({ model: fallback(first, two.model) });
    expect(run.content).toBe('an answer');
    one.assertComplete();
    two.assertComplete();
  });
});

test("a provider of the worker's own is asked like any other", async () => {
  const asked: ModelRequest[] = [];
  const acme: ModelProvider = {
    async answer(request) {
      asked.push(request);
      const usage = { input: 1, output: 2 };
      switch (asked.length) {
        case 1:
          throw new ModelError('busy', { code: 'MODEL_RATE_LIMITED', retryAfter: 20 });
        case 2:
          return { text: '', calls: [{ id: 'x', name: 'sum', arguments: '{"a":2}' }], usage };
        default:
          return { text: 'three', calls: [], usage: null };
      }
    },
  };
  const bed = await testBed();
  const model = customModel({ provider: 'acme', id: 'small', temperature: 0 });
  const agent = new Agent({ name: 'Agent', model, tools: [sum], ...AT_ONCE });
  const workflow = new Workflow({ name: 'W', steps: [agent] });
  await bed.worker([workflow], { models: { providers: { acme } } });
  const run = await finished(await bed.client.run(workflow, 'x', { background: true }));
  expect(run.content).toBe('three');
  expect(asked[2]).toMatchObject({
    model: { provider: 'acme', id: 'small', options: { temperature: 0 } },
    messages: [{ role: 'user' }, { role: 'assistant' }, { role: 'tool', request: 'x', text: '3' }],
    tools: [{ name: 'sum' }],
  });
});

describe('a key', () => {
  const KEY = 'sk-very-secret-0123456-qzxj';

  function environment(variables: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
  }

  test.each([
    ['OPENAI_API_KEY', openai('gpt-5-mini')],
    ['GEMINI_API_KEY', gemini('gemini-2.5-flash')],
  ])('that is missing is named: %s', async (variable, model) => {
    environment({ [variable]: '', OPENAI_BASE_URL: '', GEMINI_BASE_URL: '' });
    const run = await complete({ model });
    expect(run.error).toMatchObject({
      code: 'MODEL_KEY_INVALID',
      message: expect.stringContaining(`set ${variable} in the worker's environment`),
    });
  });

  test.each([
    ['OPENAI', openai('gpt-5-mini')],
    ['GEMINI', gemini('gemini-2.5-flash')],
  ])('goes to the provider, and nowhere else: %s', async (name, model) => {
    const server = await scripted([
      { status: 500, message: `no luck with ${KEY}` },
      { status: 401, message: `Incorrect API key provided: ${KEY}, or sk-very********qzxj.` },
    ]);
    environment({ [`${name}_API_KEY`]: KEY, [`${name}_BASE_URL`]: server.baseURL });
    const output: string[] = [];
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      output.push(String(text));
      return true;
    });
    onTestFinished(() => {
      write.mockRestore();
    });
    const bed = await testBed();
    const agent = new Agent({ name: 'Agent', model, ...AT_ONCE });
    const run = await bed.complete(new Workflow({ name: 'W', steps: [agent] }), 'x');
    expect(server.requests.map(({ headers }) => headers['authorization'])).toEqual([
      `Bearer ${KEY}`,
      `Bearer ${KEY}`,
    ]);
    expect(run.error?.message).toContain(
      `Is the key in the worker's ${name}_API_KEY the right one?`,
    );
    const history = await recordHistory(run.runId, { client: bed.client });
    const payloads = [...history.matchAll(/"data": "([^"]+)"/g)].map(([, data = '']) =>
      Buffer.from(data, 'base64').toString(),
    );
    expect(payloads.join()).toContain('outlast.resolvePlan');
    expect(history).toContain('MODEL_KEY_INVALID');
    for (const text of [history, payloads.join(), JSON.stringify(run), output.join('')]) {
      expect(text).not.toContain('very-secret');
      expect(text).not.toContain('qzxj');
    }
  });

  test('is not sent to an address that only the definition names', async () => {
    const server = await scripted([]);
    environment({ SOME_KEY: KEY });
    const model = openaiCompatible({ baseURL: server.baseURL, id: 'm', apiKeyEnv: 'SOME_KEY' });
    const run = await complete({ model });
    expect(run.error).toMatchObject({
      code: 'MODEL_NOT_TRUSTED',
      message: expect.stringContaining(`trustedBaseURLs: ['${server.baseURL}']`),
    });
    expect(server.requests).toEqual([]);
  });

  test('is sent to an address that the worker trusts', async () => {
    const server = await scripted(['an answer']);
    environment({ SOME_KEY: KEY });
    const model = openaiCompatible({ baseURL: server.baseURL, id: 'm', apiKeyEnv: 'SOME_KEY' });
    const bed = await testBed();
    const workflow = new Workflow({ name: 'W', steps: [new Agent({ name: 'Agent', model })] });
    const { origin } = new URL(server.baseURL);
    await bed.worker([workflow], { models: { trustedBaseURLs: [origin] } });
    const run = await finished(await bed.client.run(workflow, 'x', { background: true }));
    expect(run.content).toBe('an answer');
    expect(server.requests[0]?.headers['authorization']).toBe(`Bearer ${KEY}`);
  });

  test('is not sent where none is wanted', async () => {
    const server = await scripted(['an answer']);
    environment({ OPENAI_API_KEY: KEY });
    await complete({ model: server.model });
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
  });
});

test('100 turns with tool outputs of 5 KB take less than 1 MB of history, and a late one no more than an early one', async () => {
  const read = tool({
    name: 'read',
    description: 'Reads a page.',
    parameters: z.object({ page: z.number() }),
    execute: ({ page }) => `page ${String(page)}: `.padEnd(5_000, 'x'),
  });
  const model = await scripted(({ number }) =>
    number <= 100 ? { calls: [{ name: 'read', arguments: { page: number } }] } : 'read',
  );
  const bed = await testBed();
  const agent = new Agent({ name: 'Reader', model: model.model, tools: [read], maxTurns: 101 });
  const workflow = new Workflow({ name: 'W', steps: [agent] });
  // Two workers: each has some of the run in memory, and reads the rest.
  await bed.worker([workflow]);
  await bed.worker([workflow]);
  // Workers without a cache replay all of it at each step.
  const run = await finished(await bed.client.run(workflow, 'x', { background: true }), 170_000);
  expect(run.content).toBe('read');
  const last = model.requests.at(-1)?.messages ?? [];
  const pages = last.filter(({ role }) => role === 'tool').map(({ content }) => content?.length);
  expect(pages).toEqual(Array.from({ length: 100 }, () => 5_000));
  const bytes = await historyBytes(bed.address, run.runId);
  const turns = await turnsIn(bed.client, run.runId);
  // All of these have numbers of two digits.
  const [early, late] = [turns.slice(11, 21), turns.slice(89, 99)] as const;
  const medians = [early, late].map((some) => some.map(({ ms }) => ms).sort((a, b) => a - b)[5]!);
  console.log(
    `100 turns: ${bytes} bytes of history; the 12th ${early[0]?.bytes}, the 99th ${late[9]?.bytes}; medians of ${medians.join(' and ')} ms, a ratio of ${(medians[1]! / medians[0]!).toFixed(2)}.`,
  );
  expect(bytes).toBeGreaterThan(500_000);
  expect(bytes).toBeLessThan(1_000_000);
  expect(new Set([...early, ...late].map((turn) => turn.bytes)).size).toBe(1);
}, 180_000);

/** What each turn takes with its tool: bytes of values in the history, and time. */
async function turnsIn(
  { server }: Outlast,
  runId: string,
): Promise<{ readonly bytes: number; readonly ms: number }[]> {
  const { events } = await server.client.workflow.getHandle(runId).fetchHistory();
  const turns: { bytes: number; from: number; ms: number }[] = [];
  for (const event of events ?? []) {
    const { activityId, input } = event.activityTaskScheduledEventAttributes ?? {};
    const at = dateOf(event.eventTime)!.getTime();
    if (activityId?.includes('/turn/')) turns.push({ bytes: 0, from: at, ms: 0 });
    const turn = turns.at(-1);
    if (turn === undefined) continue;
    turn.ms = at - turn.from;
    const { payloads } = input ?? event.activityTaskCompletedEventAttributes?.result ?? {};
    for (const { data } of payloads ?? []) turn.bytes += timeless(data).length;
  }
  return turns;
}

/** Without the times in a result, of which some have a digit more than others. */
function timeless(data: Uint8Array | null | undefined): string {
  return Buffer.from(data ?? [])
    .toString()
    .replaceAll(/,"(?:took|firstToken)":\d+/g, '');
}

async function historyBytes(address: string, workflowId: string): Promise<number> {
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  const { workflowExecutionInfo } = await connection.workflowService.describeWorkflowExecution({
    namespace: 'default',
    execution: { workflowId },
  });
  return Number(workflowExecutionInfo?.historySizeBytes);
}
