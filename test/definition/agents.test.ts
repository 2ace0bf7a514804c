import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Agent, type AgentOptions } from '../../src/definition/agent.js';
import { compile } from '../../src/definition/compile.js';
import { registryOf } from '../../src/definition/registry.js';
import { azureOpenAI } from '../../src/definition/azure-openai.js';
import { customModel } from '../../src/definition/custom-model.js';
import { fallback } from '../../src/definition/fallback.js';
import {
  anthropic,
  gemini,
  groq,
  mistral,
  offline,
  ollama,
  openai,
  openaiCompatible,
  openRouter,
} from '../../src/definition/model.js';
import { Parallel } from '../../src/definition/parallel.js';
import { Step } from '../../src/definition/step.js';
import { Steps } from '../../src/definition/steps.js';
import { Team, type TeamOptions } from '../../src/definition/team.js';
import { tool } from '../../src/definition/tool.js';
import { WorkflowDefinition, type WorkflowOptions } from '../../src/definition/workflow.js';
import type { Model } from '../../src/plan/model.js';
import { DefinitionError } from '../../src/plan/errors.js';
import type { AgentNode } from '../../src/plan/plan.js';

const work = (): null => null;
const clock = tool({ name: 'clock', description: 'Tells the time.', execute: work });
const a = { name: 'A', model: offline() };
const PRICED = openai('priced', { price: { input: 0.25, output: 2 } });

type Faults = readonly [options: unknown, message: string][];

const MODEL_FAULTS: Faults = [
  [{ temperature: -1 }, '`temperature` must be a number from 0, got -1'],
  [{ temperature: NaN }, '`temperature` must be a number from 0, got NaN'],
  [{ topP: '1' }, '`topP` must be a number from 0, got "1"'],
  [{ maxTokens: 0 }, '`maxTokens` must be an integer from 1, got 0'],
  [{ seed: 1.5 }, '`seed` must be an integer from'],
  [{ stop: 'END' }, '`stop` must be a list of strings, got "END"'],
  [{ stop: ['END', ''] }, '`stop[1]` must be a string that is not empty, got ""'],
  [{ reasoningEffort: '' }, '`reasoningEffort` must be a string that is not empty, got ""'],
  [{ extra: [] }, '`extra` must be an object, got an empty list'],
  [{ extra: { at: new Date(0) } }, '`extra.at` must be JSON, got a Date'],
  [{ extra: { stream: true } }, "`extra.stream` must be left out: it is the agent's own, got true"],
  [{ extra: { messages: [] } }, '`extra.messages` must be left out'],
  [{ extra: { model: 'x' } }, '`extra.model` must be left out'],
];

describe('a team is refused', () => {
  const member = new Agent(a);
  const team = { name: 'T', model: offline(), members: [member] };

  test.each<[options: unknown, message: string]>([
    [{ name: 'T', model: offline() }, 'T: `members` must be a list of at least one agent or team'],
    [{ ...team, members: [] }, 'T: `members` must be a list of at least one agent or team'],
    [{ ...team, members: [work] }, 'T: `members[0]` must be an Agent or a Team'],
    [{ ...team, members: [member, new Agent(a)] }, 'T: `members` must have names that differ'],
    [{ ...team, mode: 'vote' }, "T: `mode` must be 'coordinate' or 'route' or 'collaborate'"],
    [{ ...team, max_turns: 3 }, 'T: `max_turns` must be spelled `maxTurns`'],
    [
      {
        ...team,
        tools: [tool({ name: 'delegate_task_to_member', description: 'x', execute: work })],
      },
      'T: `tools` must have other names than that by which others are asked',
    ],
    [
      { ...team, model: openai('x'), mode: 'route', outputSchema: z.object({}) },
      "T: `outputSchema` must be its members' own",
    ],
  ])('%o', (options, message) => {
    expect(() => new Team(options as TeamOptions)).toThrow(message);
  });

  test('in a step that has another worker too', () => {
    const both = { team: new Team(team), agent: member } as never;
    expect(() => new Step(both)).toThrow('have one of `executor`, `agent`, `team` and `workflow`');
  });
});

const NAMED = [openai, gemini, anthropic, ollama, groq, mistral, openRouter];

describe('an agent is refused', () => {
  test.each<[options: unknown, message: string]>([
    [undefined, 'Agent must be given an object of options, got undefined'],
    [{ model: offline() }, 'Agent: `name` must be a string that is not empty, got undefined'],
    [{ ...a, name: 'a\nb' }, 'Agent: `name` must be without control characters'],
    [{ name: 'A' }, "A: `model` must be a model, such as openai('gpt-5-mini') or offline()"],
    [{ ...a, model: 'gpt-5-mini' }, 'A: `model` must be a model'],
    [{ ...a, model: { provider: 'openai', id: 'x', options: null } }, 'A: `model` must be a model'],
    [{ ...a, model: { provider: 'openai', id: 'x', options: {} } }, 'A: `model` must be a model'],
    [{ ...a, role: 'x' }, 'A must have no option `role`: the options are name, model,'],
    [{ ...a, expected_output: 'x' }, 'A: `expected_output` must be spelled `expectedOutput`'],
    [{ ...a, tools: clock }, 'A: `tools` must be a list of tools, got a Tool'],
    [{ ...a, tools: [work] }, 'A: `tools` must hold tools, made by tool({ … }), and lists of them'],
    [{ ...a, tools: [[[clock]]] }, 'A: `tools` must hold tools'],
    [{ ...a, tools: [clock, [clock]] }, 'A: `tools` must have names that differ, got "clock"'],
    [{ ...a, outputSchema: {} }, 'A: `outputSchema` must be a zod schema'],
    [{ ...a, outputSchema: z.string() }, 'A: `outputSchema` must be left out with offline()'],
    [{ ...a, maxTurns: 0 }, 'A: `maxTurns` must be an integer from 1, got 0'],
    [{ ...a, toolCallLimit: 0 }, 'A: `toolCallLimit` must be an integer from 1, got 0'],
    [{ ...a, budget: 5 }, 'A: `budget` must be like { tokens: 100_000 }, got 5'],
    [{ ...a, budget: { tokens: 0 } }, 'A: `budget`: `tokens` must be an integer from 1, got 0'],
    [{ ...a, budget: {} }, 'A: `budget` must have `tokens`, `cost` or `duration`'],
    [{ ...a, budget: { turns: 1 } }, 'A: `budget` must have no option `turns`: the options are'],
    [{ ...a, budget: { cost: 0 } }, 'A: `budget`: `cost` must be above 0, got 0'],
    [{ ...a, budget: { cost: '1 $' } }, 'A: `budget`: `cost` must be a number from 0, got "1 $"'],
    [{ ...a, budget: { duration: 'soon' } }, 'A: `budget`: `duration` must be a positive number'],
    [
      { ...a, model: openai('x'), budget: { cost: 1 } },
      "A: `budget`: `cost` must go with a price of the model 'x', as in openai('gpt-5-mini', {",
    ],
    [
      { ...a, model: fallback(PRICED, openai('y')), budget: { cost: 1 } },
      "A: `budget`: `cost` must go with a price of the model 'y'",
    ],
    [
      { ...a, budget: { cost: 1 }, handoffs: [new Agent({ name: 'B', model: openai('z') })] },
      "A: `budget`: `cost` must go with a price of the model 'z'",
    ],
    [{ ...a, price: { input: 1, output: 1 } }, 'A: `price` must be given to the model: openai('],
    [{ ...a, onBudget: 'stop' }, "A: `onBudget` must be 'fail' or 'finish'"],
    [{ ...a, markdown: 'yes' }, 'A: `markdown` must be a boolean, got "yes"'],
    [{ ...a, hooks: work }, 'A: `hooks` must be given an object of options, got the function'],
    [{ ...a, hooks: { onTurn: work } }, 'A: `hooks` must have no option `onTurn`'],
    [{ ...a, hooks: { beforeTool: 1 } }, 'A: `hooks`: `beforeTool` must be a function, got 1'],
    [{ ...a, sendMediaToModel: 1 }, 'A: `sendMediaToModel` must be a boolean, got 1'],
    [{ ...a, addSessionStateToContext: 1 }, 'A: `addSessionStateToContext` must be a boolean'],
    [{ ...a, numHistoryRuns: 1.5 }, 'A: `numHistoryRuns` must be'],
    [{ ...a, handoffs: [] }, 'A: `handoffs` must be a list of at least one agent or team'],
    [{ ...a, handoffs: [clock] }, 'A: `handoffs[0]` must be an Agent or a Team'],
    [
      { ...a, model: openai('x'), handoffs: [new Agent(a)], outputSchema: z.object({}) },
      'A: `outputSchema` must be left out beside `handoffs`',
    ],
    [{ ...a, description: ' ' }, 'A: `description` must be a string that is not empty, got " "'],
    [{ ...a, instructions: '' }, 'A: `instructions` must be a string that is not empty, got ""'],
    [{ ...a, instructions: 5 }, 'A: `instructions` must be a string, or a list of at least one'],
    [{ ...a, instructions: [] }, '`instructions` must be a string, or a list of at least one'],
    [{ ...a, instructions: ['x', 1] }, 'A: `instructions[1]` must be a string that is not empty'],
    [{ ...a, expectedOutput: '' }, 'A: `expectedOutput` must be a string that is not empty'],
    [{ ...a, maxRetries: -1 }, 'A: `maxRetries` must be an integer from 0, got -1'],
    [{ ...a, timeout: 'soon' }, 'A: `timeout` must be a positive number of milliseconds'],
    [{ ...a, retry: { times: 1 } }, 'A: `retry` must have no option `times`'],
    ...MODEL_FAULTS.map(([options, message]): [unknown, string] => [
      { ...a, ...(options as object) },
      `A: ${message}`,
    ]),
  ] satisfies Faults)('%o: %s', (options, message) => {
    expect(fault(() => new Agent(options as never))).toContain(message);
  });
});

describe('a model is refused', () => {
  test.each(MODEL_FAULTS)('%o: %s', (options, message) => {
    for (const make of NAMED)
      expect(fault(() => make('m', options as never))).toContain(`: ${message}`);
  });

  test.each<[price: unknown, message: string]>([
    [1, '`price` must be like { input: 0.25, output: 2 }, in USD for a million tokens, got 1'],
    [null, '`price` must be given an object of options, got null'],
    [{ input: 1 }, '`price`: `output` must be a number from 0, got undefined'],
    [{ input: '1', output: 1 }, '`price`: `input` must be a number from 0, got "1"'],
    [{ input: 1, output: 1, cachedInput: -1 }, '`price`: `cachedInput` must be a number from 0'],
    [{ input: 1, output: 1, cached: 1 }, '`price` must have no option `cached`'],
  ])('with the price %o: %s', (price, message) => {
    for (const make of NAMED)
      expect(fault(() => make('m', { price } as never))).toContain(`: ${message}`);
  });

  test.each([undefined, '', 7])('without a name: %o', (id) => {
    for (const make of NAMED)
      expect(fault(() => make(id as never))).toContain(': `id` must be a string');
  });

  const at = { baseURL: 'http://127.0.0.1:1/v1', id: 'm' };

  test.each<[options: unknown, message: string]>([
    [undefined, 'openaiCompatible must be given an object of options'],
    [{ ...at, url: 'x' }, 'openaiCompatible must have no option `url`'],
    [{ id: 'm' }, '`baseURL` must be an address such as'],
    [{ ...at, baseURL: '127.0.0.1:1/v1' }, '`baseURL` must be an address such as'],
    [{ ...at, baseURL: 'file:///v1' }, '`baseURL` must be an address such as'],
    [{ ...at, baseURL: 'http://h.test/v1?key=x' }, '`baseURL` must be without a query'],
    [{ ...at, baseURL: 'http://h.test/v1#x' }, '`baseURL` must be without a query'],
    [{ baseURL: at.baseURL }, '`id` must be a string that is not empty'],
    [{ ...at, seed: 'x' }, '`seed` must be an integer'],
  ])('behind an address: %o: %s', (options, message) => {
    expect(fault(() => openaiCompatible(options as never))).toContain(message);
  });

  test.each<[options: unknown, message: string]>([
    [undefined, 'azureOpenAI must be given an object of options'],
    [{ deployment: 'd', url: 'x' }, 'azureOpenAI must have no option `url`'],
    [{ resource: 'acme' }, '`deployment` must be a string that is not empty'],
    [{ deployment: 'd', endpoint: 'acme' }, '`endpoint` must be an address such as'],
    [{ deployment: 'd', endpoint: 'https://h.test/?a=1' }, '`endpoint` must be without a query'],
    [{ deployment: 'd', resource: 'evil.test/' }, '`resource` must be letters, digits and `-`'],
    [
      { deployment: 'd', resource: 'a', endpoint: 'https://h.test' },
      '`resource` must be left out where an `endpoint` is given',
    ],
    [{ deployment: 'd', apiVersion: 'v1' }, "`apiVersion` must be a date such as '2024-10-21'"],
    [
      { deployment: 'd', apiKeyEnv: 'k' },
      '`apiKeyEnv` must be the name of an environment variable',
    ],
    [{ deployment: 'd', seed: 'x' }, '`seed` must be an integer'],
  ])('on Azure: %o: %s', (options, message) => {
    expect(fault(() => azureOpenAI(options as never))).toContain(message);
  });

  test.each<[options: unknown, message: string]>([
    [undefined, 'customModel must be given an object of options'],
    [{ id: 'm' }, 'customModel: `provider` must be a string that is not empty'],
    [{ provider: 'acme' }, '`id` must be a string that is not empty'],
    [{ provider: 'openai', id: 'm' }, '`provider` must be none of those that have a function'],
    [{ provider: 'fallback', id: 'm' }, '`provider` must be none of those'],
    [{ provider: 'acme', id: 'm', baseURL: 'x' }, 'customModel must have no option `baseURL`'],
    [{ provider: 'acme', id: 'm', seed: 'x' }, 'acme: `seed` must be an integer'],
  ])("of a provider of the worker's own: %o: %s", (options, message) => {
    expect(fault(() => customModel(options as never))).toContain(message);
  });

  test.each<[models: readonly unknown[], message: string]>([
    [[], "fallback: `models[0]` must be a model, such as openai('gpt-5-mini'), got undefined"],
    [[openai('m')], '`models[1]` must be a model'],
    [[openai('m'), 'gpt'], '`models[1]` must be a model, such as'],
  ])('among several: %o: %s', (models, message) => {
    expect(fault(() => fallback(...(models as [Model, Model])))).toContain(message);
  });

  test.each([
    { ...at, baseURL: 'http://user:hunter2@h.test/v1' },
    { ...at, apiKeyEnv: 'sk-hunter2' },
  ])('without quoting a secret: %o', (options) => {
    const message = fault(() => openaiCompatible(options));
    expect(message).toMatch(/^openaiCompatible: .* must be /);
    expect(message).not.toContain('hunter2');
  });

  test('unless it stops at a line break', () => {
    expect(openai('m', { stop: ['\n\n'] }).options.stop).toEqual(['\n\n']);
  });
});

test('a model holds the name of the variable of its key, and options of the agent win over its own', () => {
  const model = openai('m', { temperature: 1, seed: 1 });
  expect(model).toMatchObject({ apiKeyEnv: 'OPENAI_API_KEY', baseURL: null });
  const agent = new Agent({ name: 'A', model, temperature: 0 });
  expect(agent.model.options).toEqual({ temperature: 0, seed: 1 });
  expect(model.options).toEqual({ temperature: 1, seed: 1 });
});

test('a fallback of fallbacks is one', () => {
  const [one, two, three] = [openai('1'), groq('2'), ollama('3')];
  expect(fallback(fallback(one, two), three).models).toEqual([one, two, three]);
});

const systemOf = (options: AgentOptions): string | null =>
  new Agent(options).prompt.system(null, {});

test('an agent tells its model who it is, what to do, and what is expected, in this order', () => {
  const options = { description: 'Who.', instructions: ['one', 'two'], expectedOutput: 'A list.' };
  expect(systemOf({ ...a, ...options })).toBe(
    'Who.\n\n<instructions>\n- one\n- two\n</instructions>\n\n<expected_output>\nA list.\n</expected_output>',
  );
  expect(systemOf({ ...a, instructions: 'one' })).toBe('<instructions>\none\n</instructions>');
  expect(systemOf(a)).toBeNull();
});

describe('a tool is refused', () => {
  const t = { name: 't', description: 'A tool.', execute: work };

  test.each<[options: unknown, message: string]>([
    [work, 'tool must be given an object of options, got the function work'],
    [{ ...t, name: '' }, 'tool: `name` must be 1 to 64 letters, digits, `_` and `-`, got ""'],
    [{ ...t, name: 'a b' }, 'tool: `name` must be 1 to 64 letters'],
    [{ ...t, name: 'x'.repeat(65) }, 'tool: `name` must be 1 to 64 letters'],
    [{ ...t, name: 'a\n' }, 'tool: `name` must be 1 to 64 letters'],
    [{ ...t, description: ' ' }, 't: `description` must be a string that is not empty'],
    [{ ...t, execute: 'x' }, 't: `execute` must be a function, got "x"'],
    [{ ...t, run: work }, 't must have no option `run`: the options are name, description,'],
    [{ ...t, parameters: {} }, 't: `parameters` must be a zod schema, got an object with no keys'],
    [{ ...t, parameters: z.string() }, 't: `parameters` must be a schema of an object'],
    [
      { ...t, parameters: z.object({ at: z.date() }) },
      't: `parameters` must be a schema that JSON Schema can express (Date cannot be',
    ],
    [{ ...t, maxRetries: -1 }, 't: `maxRetries` must be an integer from 0, got -1'],
    [{ ...t, timeout: 0 }, 't: `timeout` must be a positive number'],
  ])('%o: %s', (options, message) => {
    expect(fault(() => tool(options as never))).toContain(message);
  });
});

test('a tool is described by what its schema takes, not by what it makes of it', () => {
  const parameters = z.object({
    limit: z.number().default(3).describe('How many.'),
    since: z.string().transform((text) => new Date(text)),
  });
  const described = tool({ name: 't', description: 'x', parameters, execute: work });
  expect(described.parameters).toMatchObject({
    type: 'object',
    properties: { limit: { type: 'number', default: 3, description: 'How many.' } },
    required: ['since'],
  });
});

describe('a step of an agent is refused', () => {
  const agent = new Agent(a);

  test.each<[options: unknown, message: string]>([
    [
      { name: 'S', agent, executor: work },
      'S must have one of `executor`, `agent`, `team` and `workflow`, not more',
    ],
    [{ name: 'S', agent: { name: 'A' } }, 'S: `agent` must be an Agent, got an object'],
    [{ name: 'S', agent: null }, 'S: `agent` must be an Agent, got null'],
    [
      { agent: new Agent({ ...a, name: 'outlast.A' }) },
      "Step: `name` must not begin with 'outlast.'",
    ],
    [{ name: 'outlast.S', agent }, "Step: `name` must not begin with 'outlast.'"],
    [
      { agent, aliases: ['x', 'outlast.onFinish'] },
      "A: `aliases[1]` must not begin with 'outlast.', which names what is the engine's",
    ],
  ])('%o: %s', (options, message) => {
    expect(fault(() => new Step(options as never))).toContain(message);
  });

  test.each([Steps, Parallel])('as are containers of such names: %o', (Container) => {
    const of = (more: object): string => fault(() => new Container({ steps: [work], ...more }));
    expect(of({ name: 'outlast.x' })).toContain("must not begin with 'outlast.'");
    expect(of({ aliases: ['outlast.x'] })).toContain("`aliases[0]` must not begin with 'outlast.'");
  });

  test('as is what only looks like one in a list of steps', () => {
    expect(fault(() => define({ steps: [{ ...a } as never] }))).toContain(
      'W: `steps[0]` must be a Step, Steps, Parallel, Condition, Loop, Router, ForEach, an Agent, a Team, a Workflow or a function',
    );
  });
});

describe('a price', () => {
  test.each([
    PRICED,
    openaiCompatible({ baseURL: 'http://h.test', id: 'm', price: { input: 1, output: 2 } }),
    azureOpenAI({ deployment: 'd', price: { input: 1, output: 2, cachedInput: 0 } }),
    customModel({ provider: 'acme', id: 'm', price: { input: 0, output: 0 } }),
  ])("is its model's, and allows a budget of money: $provider", (model) => {
    const { price } = model;
    expect(price).toBeDefined();
    const agent = new Agent({ name: 'A', model, temperature: 0, budget: { cost: 0.01 } });
    expect(agent.model).toMatchObject({ price, options: { temperature: 0 } });
    expect(agent.budget).toEqual({ cost: 0.01 });
  });

  test('is needed of all members of a team, and not of offline(), which costs nothing', () => {
    const budget = { cost: 1, tokens: 5, duration: '2 minutes' } as const;
    const inner = new Team({ name: 'Inner', model: PRICED, members: [new Agent(a)] });
    const team = { name: 'T', model: offline(), budget };
    expect(new Team({ ...team, members: [inner] }).budget).toEqual({
      ...{ cost: 1, tokens: 5, duration: 120_000 },
    });
    const unpriced = new Agent({ name: 'B', model: openai('free?') });
    const around = new Team({ name: 'Around', model: PRICED, members: [unpriced] });
    expect(fault(() => new Team({ ...team, members: [around] }))).toContain(
      "T: `budget`: `cost` must go with a price of the model 'free?'",
    );
  });
});

describe('what is called at the end of a run is refused', () => {
  test.each<[onFinish: unknown, message: string]>([
    ['notify', 'W: `onFinish` must be a function, got "notify"'],
    [null, '`onFinish` must be'],
    [{}, 'W: `onFinish`: `executor` must be a function, got undefined'],
    [{ executor: work, onError: 'skip' }, 'W: `onFinish` must have no option `onError`'],
    [{ executor: work, maxRetries: -1 }, 'W: `onFinish`: `maxRetries` must be an integer from 0'],
    [{ executor: work, timeout: '25 days' }, 'W: `onFinish`: `timeout` must be at most 24 days'],
  ])('%o: %s', (onFinish, message) => {
    expect(fault(() => define({ onFinish: onFinish as never }))).toContain(message);
  });

  test('unless it is a function, or one with a policy', () => {
    const common = { initialInterval: 1_000, backoff: 2, maxInterval: 60_000 };
    const plain = compile(define({ onFinish: work, maxRetries: 0, timeout: 5 }));
    expect(plain.plan.policies[plain.plan.onFinish!]).toEqual({
      ...{ ...common, maxRetries: 5, timeout: 60_000 },
    });
    const own = compile(define({ onFinish: { executor: work, maxRetries: 1, timeout: '1 s' } }));
    expect(own.plan.policies[own.plan.onFinish!]).toEqual({
      ...{ ...common, maxRetries: 1, timeout: 1_000 },
    });
    expect(compile(define({})).plan).not.toHaveProperty('onFinish');
  });
});

describe('an agent in a plan', () => {
  test('is a node with its tools, and nothing of its model, prompts or functions', () => {
    const agent = new Agent({ ...a, instructions: 'secret sauce', tools: [clock], maxTurns: 7 });
    const { plan } = compile(
      define({ steps: [new Step({ name: 'S', agent, onError: 'skip', taskQueue: 'q' })] }),
    );
    expect(plan.steps).toEqual([
      {
        ...{ kind: 'agent', ref: 'S', name: 'S', agent: 'A', policy: 0, onError: 'skip' },
        ...{ taskQueue: 'q', maxTurns: 7, tools: [{ name: 'clock', policy: 1 }] },
      },
    ]);
    expect(JSON.stringify(plan)).not.toMatch(/secret sauce|offline/);
    expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
  });

  test('gives its step its name, written bare or not', () => {
    const agent = new Agent(a);
    const names = compile(define({ steps: [agent, new Step({ agent })] })).plan.steps;
    expect(names.map(({ ref }) => ref)).toEqual(['A', 'A#2']);
  });

  test.each<[string, Given, number]>([
    ['its default', {}, 600_000],
    ["the workflow's", { workflow: 1 }, 1],
    ["its own over the workflow's", { workflow: 1, agent: 2 }, 2],
    ["the step's over all", { workflow: 1, agent: 2, step: 3 }, 3],
  ])('has a policy for its turns: %s', (_, given, timeout) => {
    expect(policiesOf(given).turn).toEqual({
      ...{ maxRetries: 3, initialInterval: 1_000, backoff: 2, maxInterval: 60_000, timeout },
    });
  });

  test.each<[string, Given, number]>([
    ['their default', { agent: 2, step: 3 }, 300_000],
    ["the workflow's", { workflow: 1, agent: 2, step: 3 }, 1],
    ["their own over the workflow's", { workflow: 1, tool: 4 }, 4],
  ])('has policies for its tools: %s', (_, given, timeout) => {
    expect(policiesOf(given).tool?.timeout).toBe(timeout);
  });

  test('is found under its earlier names too', () => {
    const agent = new Agent({ ...a, tools: [clock] });
    const workflow = define({ aliases: ['Was'], steps: [new Step({ agent, aliases: ['Old'] })] });
    const { calls } = registryOf([workflow], 'q');
    expect([...calls.keys()]).toEqual(['W/A', 'W/Old', 'Was/A', 'Was/Old']);
    expect(calls.get('Was/Old')).toMatchObject({ kind: 'agent', name: 'A', agent: 'A' });
  });
});

interface Given {
  readonly workflow?: number;
  readonly agent?: number;
  readonly step?: number;
  readonly tool?: number;
}

/** The policies of an agent's turns and of its tool, with time-outs given in these places. */
function policiesOf({ workflow, agent, step, tool: own }: Given) {
  const timeout = (given: number | undefined) => (given === undefined ? {} : { timeout: given });
  const t = tool({ name: 't', description: 'x', execute: work, ...timeout(own) });
  const of = new Agent({ ...a, tools: [t], ...timeout(agent) } satisfies AgentOptions);
  const steps = [new Step({ agent: of, ...timeout(step) })];
  const { plan } = compile(define({ steps, ...timeout(workflow) }));
  const node = plan.steps[0] as AgentNode;
  return { turn: plan.policies[node.policy], tool: plan.policies[node.tools[0]!.policy] };
}

function define(options: Partial<WorkflowOptions>): WorkflowDefinition {
  return new WorkflowDefinition({ name: 'W', steps: [work], ...options });
}

/** The message of the DefinitionError that something throws. */
function fault(construct: () => unknown): string {
  try {
    construct();
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
  return 'nothing is wrong';
}
