import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  Agent,
  NonRetryableError,
  Step,
  Team,
  tool,
  Workflow,
  type AgentHooks,
  type AgentOptions,
  type FinishedRun,
  type ToolCallContext,
  type TurnContext,
} from '../../src/index.js';
import { type ScriptedTurn } from '../../src/testing/index.js';
import { sharedBed } from '../support/temporal.js';
import { scripted } from '../support/scripted.js';

const AT_ONCE = { retry: { initialInterval: 1, backoff: 1 } } as const;

/** A run of one agent, and the session state that it leaves. */
async function complete(options: Omit<AgentOptions, 'name'>): Promise<FinishedRun> {
  const { complete: completed } = await sharedBed();
  const agent = new Agent({ name: 'Agent', ...AT_ONCE, ...options });
  const state = new Step({ name: 'State', executor: (_, { sessionState }) => sessionState });
  return completed(new Workflow({ name: 'W', steps: [agent, state] }), 'question', {
    userId: 'ann',
    metadata: { tenant: 'x' },
    sessionState: { n: 1 },
  });
}

let calls: string[] = [];
const remove = tool({
  name: 'remove',
  description: 'Removes a file.',
  parameters: z.object({ file: z.string(), force: z.boolean().default(false) }),
  ...AT_ONCE,
  execute: ({ file }) => {
    calls.push(file);
    return { removed: file };
  },
});
const removes = (file: string): ScriptedTurn => ({
  calls: [{ name: 'remove', arguments: { file } }],
});

test('each hook has an idempotency key of its own, and what it changes of what it is given is its own', async () => {
  const model = await scripted([removes('a.txt'), 'done']);
  const keys: string[] = [];
  const keep = ({ idempotencyKey }: Pick<TurnContext, 'idempotencyKey'>): void => {
    keys.push(idempotencyKey);
  };
  const kept = tool({
    ...{
      name: 'remove',
      description: 'Removes a file.',
      parameters: z.object({ file: z.string() }),
    },
    execute: ({ file }, context) => {
      keep(context);
      return { removed: file };
    },
  });
  const spoil = (value: unknown): void => {
    for (const key of Object.keys(value as object)) Reflect.deleteProperty(value as object, key);
  };
  await complete({
    model: model.model,
    tools: [kept],
    instructions: (context) => {
      keep(context);
      return 'Be brief.';
    },
    hooks: {
      beforeTurn: (request, context) => {
        keep(context);
        spoil(request.messages[0]);
      },
      afterTurn: (answer, context) => {
        keep(context);
        spoil(answer);
      },
      beforeTool: (call, context) => {
        keep(context);
        spoil(call.arguments);
      },
      afterTool: (_, result, context) => {
        keep(context);
        spoil(result);
      },
    },
  });
  // Of the first turn its instructions and two hooks, the tool and two, the second turn's two.
  expect([keys.length, new Set(keys).size]).toEqual([8, 8]);
  expect(model.requests[1]?.messages).toMatchObject([
    { role: 'system', content: expect.stringContaining('Be brief.') },
    { role: 'user', content: 'question' },
    { role: 'assistant' },
    { role: 'tool', content: '{\n  "removed": "a.txt"\n}' },
  ]);
});

test('hooks are told of each turn and each tool call, with what is known of the run', async () => {
  const model = await scripted([removes('a.txt'), 'done']);
  const told: unknown[] = [];
  const known = ({ agent, turn, userId, metadata }: TurnContext | ToolCallContext): string =>
    `${agent} ${String(turn)} ${String(userId)} ${JSON.stringify(metadata)}`;
  const run = await complete({
    model: model.model,
    instructions: 'Tidy up.',
    tools: [remove],
    hooks: {
      beforeTurn: ({ messages, tools }, context) => {
        told.push([known(context), messages.map(({ role }) => role), tools]);
      },
      afterTurn: ({ text, calls: asked, usage }, context) => {
        told.push([known(context), text, asked.length, usage?.input]);
      },
      beforeTool: (call, context) => told.push([known(context), call]),
      afterTool: (call, result, context) => told.push([known(context), call, result]),
    },
  });
  expect(run.status).toBe('completed');
  const offered = [
    { name: 'remove', description: 'Removes a file.', parameters: expect.anything() },
  ];
  const call = { name: 'remove', arguments: { file: 'a.txt', force: false } };
  expect(told).toEqual([
    ['Agent 1 ann {"tenant":"x"}', ['system', 'user'], offered],
    ['Agent 1 ann {"tenant":"x"}', '', 1, 10],
    ['Agent 1 ann {"tenant":"x"}', call],
    ['Agent 1 ann {"tenant":"x"}', call, { removed: 'a.txt' }],
    ['Agent 2 ann {"tenant":"x"}', ['system', 'user', 'assistant', 'tool'], offered],
    ['Agent 2 ann {"tenant":"x"}', 'done', 0, 10],
  ]);
});

describe('what a hook throws', () => {
  test('before a turn fails it, and its model is not asked', async () => {
    const model = await scripted(['never']);
    const run = await complete({
      model: model.model,
      hooks: {
        beforeTurn: ({ messages }) => {
          if (messages.at(-1)?.text === 'question') throw new NonRetryableError('off topic');
        },
      },
    });
    expect(run.error).toMatchObject({ code: 'STEP_FAILED', message: 'off topic', attempts: 1 });
    expect(model.requests).toHaveLength(0);
  });

  test('after a turn has its model asked again, by the policy', async () => {
    const model = await scripted(['damn', 'darn']);
    const run = await complete({
      model: model.model,
      hooks: {
        afterTurn: async ({ text }) => {
          if (text === 'damn') return Promise.reject(new Error('bad language'));
          return undefined;
        },
      },
    });
    expect(run.stepResults[0]?.content).toBe('darn');
  });

  test('before a tool is told to the model, and the tool is not called', async () => {
    calls = [];
    let asked = 0;
    const model = await scripted([removes('/etc/passwd'), removes('a.txt'), 'done']);
    const run = await complete({
      model: model.model,
      tools: [remove],
      hooks: {
        beforeTool: ({ arguments: args }) => {
          asked += 1;
          if ((args as { file: string }).file.startsWith('/'))
            throw new NonRetryableError('only here');
        },
      },
    });
    expect(run.stepResults[0]?.content).toBe('done');
    expect(model.requests[1]?.messages.at(-1)?.content).toBe('Error: only here');
    expect([calls, asked]).toEqual([['a.txt'], 2]);
  });

  test('after a tool counts as its failure: it is called again', async () => {
    calls = [];
    const model = await scripted([removes('a.txt'), 'done']);
    await complete({
      model: model.model,
      tools: [remove],
      hooks: {
        afterTool: (_, __, { attempt }) => {
          if (attempt === 1) throw new Error('not kept');
        },
      },
    });
    expect(calls).toEqual(['a.txt', 'a.txt']);
    expect(model.requests[1]?.messages.at(-1)?.content).toContain('"removed": "a.txt"');
  });
});

test('what hooks of tools change in the session state is kept, as if the tool did', async () => {
  const model = await scripted([removes('a.txt'), 'done']);
  const run = await complete({
    model: model.model,
    tools: [remove],
    hooks: {
      beforeTool: ({ name }, { sessionState }) => {
        sessionState['before'] = name;
      },
      afterTool: (_, result, { sessionState }) => {
        sessionState['after'] = result as string;
      },
    },
  });
  expect(run.content).toEqual({ n: 1, before: 'remove', after: { removed: 'a.txt' } });
});

test('hooks of turns can change neither the session state nor what is sent', async () => {
  const model = await scripted(['done']);
  const changes = (change: () => void): string => {
    try {
      change();
      return 'changed';
    } catch {
      return 'refused';
    }
  };
  let state = '';
  await complete({
    model: model.model,
    hooks: {
      beforeTurn: ({ messages }, { sessionState }) => {
        state = changes(() => Object.assign(sessionState, { n: 2 }));
        changes(() => Object.assign(messages[0]!, { text: 'another question' }));
      },
    },
  });
  expect(state).toBe('refused');
  expect(model.requests[0]?.messages).toEqual([{ role: 'user', content: 'question' }]);
});

test('methods of an object are hooks, too, and each member of a team has its own', async () => {
  class Journal implements AgentHooks {
    readonly #agents: string[] = [];

    beforeTurn(_: unknown, { agent, turn }: TurnContext): void {
      this.#agents.push(`${agent} ${String(turn)}`);
    }

    get agents(): readonly string[] {
      return this.#agents;
    }
  }
  const [leaders, members] = [new Journal(), new Journal()];
  const asks = {
    calls: [{ name: 'delegate_task_to_member', arguments: { member: 'Ann', task: 'do' } }],
  };
  const model = await scripted([asks, 'did', 'done']);
  const ann = new Agent({ name: 'Ann', model: model.model, hooks: members });
  const team = new Team({ name: 'Crew', model: model.model, members: [ann], hooks: leaders });
  const { complete: completed } = await sharedBed();
  await completed(new Workflow({ name: 'Crews', steps: [team] }), 'q');
  expect([leaders.agents, members.agents]).toEqual([['Crew 1', 'Crew 2'], ['Ann 1']]);
});
