import { describe, expect, test } from 'vitest';
import { Agent, type AgentOptions } from '../../src/definition/agent.js';
import { customModel } from '../../src/definition/custom-model.js';
import { fallback } from '../../src/definition/fallback.js';
import { Team } from '../../src/definition/team.js';
import { tool } from '../../src/definition/tool.js';
import type { Model, ModelAnswer, ModelPrice, ModelProvider, Usage } from '../../src/plan/model.js';
import { ModelError } from '../../src/plan/model-error.js';
import { turnOf } from '../../src/plan/reference.js';
import { outcomeOf, type Ended } from '../support/nodes.js';

/** What a model says: its answer, or tools with their arguments. Each turn takes 10 and 5 tokens. */
type Said = string | readonly (readonly [name: string, args: object])[];

const USAGE: Usage = { input: 10, output: 5 };

/** Models by their ids: what each says, turn by turn, the last for ever. One without a script is out of reach. */
class Scripts implements ModelProvider {
  readonly asked = new Map<string, number>();

  constructor(
    readonly scripts: Readonly<Record<string, readonly Said[]>>,
    /** Milliseconds for each turn. */
    readonly wait = 0,
  ) {}

  async answer({ model: { id } }: { readonly model: Model }): Promise<ModelAnswer> {
    const script = this.scripts[id];
    if (script === undefined) throw new ModelError('down', { code: 'MODEL_UNAVAILABLE' });
    const before = this.asked.get(id) ?? 0;
    this.asked.set(id, before + 1);
    if (this.wait > 0) await elapsed(this.wait);
    const said = script[Math.min(before, script.length - 1)]!;
    if (typeof said === 'string') return { text: said, calls: [], usage: USAGE };
    const calls = said.map(([name, args], index) => ({
      ...{ id: `${id}-${String(before)}-${String(index)}`, name },
      arguments: JSON.stringify(args),
    }));
    return { text: '', calls, usage: USAGE };
  }
}

function model(id: string, price?: ModelPrice): Model {
  return customModel({ provider: 'scripts', id, ...(price !== undefined && { price }) });
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const look = tool({ name: 'look', description: 'Looks.', execute: () => 'seen' });

const nap = tool({
  name: 'nap',
  description: 'Takes its time.',
  execute: () => elapsed(100),
});

const LOOK: Said = [['look', {}]];
const delegate = (member: string): readonly [string, object] => [
  'delegate_task_to_member',
  { member, task: 'do it' },
];

function run(agent: Agent | Team, scripts: Scripts): Promise<Ended> {
  return outcomeOf([agent], { providers: new Map([['scripts', scripts]]) });
}

function agent(name: string, options: Partial<AgentOptions> = {}): Agent {
  return new Agent({ name, model: model(name.toLowerCase()), tools: [look, nap], ...options });
}

/** What the leader was told of those that it asked. */
function told({ events }: Ended): readonly unknown[] {
  return events.flatMap((event) =>
    event.event === 'ToolCallCompleted' && event.tool.startsWith('delegate')
      ? [event.error ?? event.content]
      : [],
  );
}

function turns({ calls }: Ended): number {
  return [...calls.keys()].filter((id) => turnOf(id) !== null && !id.includes('/call/')).length;
}

describe('a budget', () => {
  test('of money is spent by the price that its model has', async () => {
    const scripts = new Scripts({ a: [LOOK] });
    const price = { input: 1_000, output: 2_000 };
    const ended = await run(
      agent('A', { model: model('a', price), budget: { cost: 0.05 } }),
      scripts,
    );
    expect(ended.error).toMatchObject({
      code: 'BUDGET_EXHAUSTED',
      message:
        "A: the agent 'A' has taken 0.06 of its 0.05 USD, and has no answer yet. Raise `budget`, or have it finish: onBudget: 'finish'.",
    });
    expect(ended.results[0]?.metrics).toMatchObject({ turns: 3, cost: 0.06 });
  });

  test('of money counts of a fallback what the one costs that answered', async () => {
    const scripts = new Scripts({ two: [LOOK, 'done'] });
    const models = fallback(
      model('one', { input: 9_000, output: 9_000 }),
      model('two', { input: 100, output: 0 }),
    );
    const ended = await run(agent('A', { model: models, budget: { cost: 0.01 } }), scripts);
    expect(ended.content).toBe('done');
    expect(ended.results[0]?.metrics?.cost).toBe(0.002);
  });

  test('of time is spent by what models take', async () => {
    const scripts = new Scripts({ a: [LOOK] }, 40);
    const ended = await run(agent('A', { budget: { duration: 60 } }), scripts);
    expect(ended.error?.message).toMatch(/'A' has taken \d+ of its 60 ms of work, and has no/);
    expect(turns(ended)).toBe(2);
  });

  test('of time is spent by the longest of the tools that are called at once', async () => {
    const naps = [['nap', {}] as const, ['nap', {}] as const, ['nap', {}] as const];
    const ended = await run(
      agent('A', { budget: { duration: 190 } }),
      new Scripts({ a: [naps, naps, naps] }),
    );
    expect(ended.error?.code).toBe('BUDGET_EXHAUSTED');
    expect(turns(ended)).toBe(2);
    const { modelTime = NaN, workTime = NaN } = ended.results[0]?.metrics ?? {};
    expect(workTime - modelTime).toBeGreaterThanOrEqual(190);
  });

  test('tells of each of its limits that is reached', async () => {
    const budget = { tokens: 15, cost: 0.01, duration: '1 h' } as const;
    const priced = model('a', { input: 1_000, output: 0 });
    const ended = await run(agent('A', { model: priced, budget }), new Scripts({ a: [LOOK] }));
    expect(ended.error?.message).toContain(
      'has taken 15 of its 15 tokens and 0.01 of its 0.01 USD',
    );
  });
});

describe("a leader's budget holds for its members", () => {
  const crew = (options: Partial<ConstructorParameters<typeof Team>[0]> = {}): Team =>
    new Team({
      ...{ name: 'Crew', model: model('crew'), members: [agent('Ann'), agent('Bob')] },
      ...options,
    });

  test('one that goes on beyond it fails, and so does its leader', async () => {
    const scripts = new Scripts({ crew: [[delegate('Ann')]], ann: [LOOK] });
    const ended = await run(crew({ budget: { tokens: 45 } }), scripts);
    expect(told(ended)).toEqual([
      "Ann: the agent 'Ann' is led by 'Crew', which has taken 45 of its 45 tokens, and has no answer yet. Raise `budget`, or have it finish: onBudget: 'finish'.",
    ]);
    expect(ended.error?.message).toContain("'Crew' has taken 45 of its 45 tokens");
    expect(scripts.asked.get('ann')).toBe(2);
    expect(ended.results[0]?.metrics).toMatchObject({ turns: 3, inputTokens: 30 });
  });

  test('with a last turn for each of them where it lets them finish', async () => {
    const scripts = new Scripts({
      ...{ crew: [[delegate('Ann')], 'so be it'], ann: [LOOK, LOOK, 'what I know'] },
    });
    const ended = await run(crew({ budget: { tokens: 45 }, onBudget: 'finish' }), scripts);
    expect(told(ended)).toEqual(['what I know']);
    expect(ended.content).toBe('so be it');
    expect(scripts.asked).toEqual(new Map(Object.entries({ crew: 2, ann: 3 })));
  });

  test('one that would begin when nothing is left is not asked', async () => {
    const scripts = new Scripts({ crew: [[delegate('Ann')], 'alone'], ann: ['never'] });
    const ended = await run(crew({ budget: { tokens: 15 }, onBudget: 'finish' }), scripts);
    expect(told(ended)).toEqual([expect.stringContaining('which has taken 15 of its 15 tokens')]);
    expect(ended.content).toBe('alone');
    expect(scripts.asked.has('ann')).toBe(false);
  });

  test('side by side each may take what was left when they began', async () => {
    const all: Said = [['delegate_task_to_all_members', { task: 'do it' }]];
    const scripts = new Scripts({ crew: [all], ann: [LOOK], bob: [LOOK] });
    const ended = await run(crew({ mode: 'collaborate', budget: { tokens: 45 } }), scripts);
    expect(scripts.asked).toEqual(new Map(Object.entries({ crew: 1, ann: 2, bob: 2 })));
    expect(ended.error?.message).toContain("'Crew' has taken 75 of its 45 tokens");
  });

  test('beside their own, by which one fails that has spent it, and its leader goes on', async () => {
    const scripts = new Scripts({ crew: [[delegate('Ann')], 'so be it'], ann: [LOOK] });
    const members = [agent('Ann', { budget: { tokens: 1 } })];
    const ended = await run(crew({ members, budget: { tokens: 100 } }), scripts);
    expect(told(ended)).toEqual([expect.stringContaining("'Ann' has taken 15 of its 1 tokens")]);
    expect(ended.content).toBe('so be it');
  });

  test('and where both are spent, the one counts that lets nobody finish', async () => {
    const scripts = new Scripts({ crew: [[delegate('Ann')], 'so be it'], ann: [LOOK] });
    const members = [agent('Ann', { budget: { tokens: 15 } })];
    const ended = await run(crew({ members, budget: { tokens: 30 }, onBudget: 'finish' }), scripts);
    expect(told(ended)).toEqual([expect.stringContaining("'Ann' has taken 15 of its 15 tokens")]);
    expect(scripts.asked).toEqual(new Map(Object.entries({ crew: 2, ann: 1 })));
  });

  test('through the teams in it', async () => {
    const scripts = new Scripts({
      ...{ crew: [[delegate('Inner')]], inner: [[delegate('Ann')]], ann: [LOOK] },
    });
    const inner = new Team({
      ...{ name: 'Inner', model: model('inner'), members: [agent('Ann')] },
      budget: { tokens: 1_000 },
    });
    const ended = await run(crew({ members: [inner], budget: { tokens: 60 } }), scripts);
    expect(told(ended)[0]).toContain("'Ann' is led by 'Crew', which has taken 60 of its 60 tokens");
    expect(scripts.asked).toEqual(new Map(Object.entries({ crew: 1, inner: 1, ann: 2 })));
  });

  test('and for those to whom a task is handed over', async () => {
    const scripts = new Scripts({
      ...{ one: [[['hand_over_task', { member: 'Ann', task: 'do it' }]]], ann: [LOOK] },
    });
    const ended = await run(
      agent('One', { handoffs: [agent('Ann')], budget: { tokens: 30 } }),
      scripts,
    );
    expect(ended.error?.message).toContain("'One' has taken 30 of its 30 tokens");
    expect(scripts.asked.get('ann')).toBe(1);
  });

  test('and costs of members are those of their own models', async () => {
    const scripts = new Scripts({ crew: [[delegate('Ann')], 'done'], ann: ['found'] });
    const ended = await run(
      crew({
        model: model('crew', { input: 1_000, output: 0 }),
        members: [agent('Ann', { model: model('ann', { input: 0, output: 1_000 }) })],
        budget: { cost: 1 },
      }),
      scripts,
    );
    expect(ended.results[0]?.metrics).toMatchObject({ turns: 3, cost: 0.025 });
  });
});
