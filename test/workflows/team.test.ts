import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import {
  Agent,
  openaiCompatible,
  Parallel,
  Step,
  Team,
  tool,
  Workflow,
  type FinishedRun,
  type RunEvent,
  type TeamOptions,
} from '../../src/index.js';
import { scriptedModel, type ScriptedRequest, type ScriptedTurn } from '../../src/testing/index.js';
import { SEGMENT_EVENTS_OPTION } from '../../src/worker/create-worker.js';
import { finished, testBed, type TestBed } from '../support/temporal.js';

const AT_ONCE = { retry: { initialInterval: 1, backoff: 1 } } as const;

/** Models by their ids: what each says at its first request, its second, and so on; the last for ever. */
async function models(scripts: Readonly<Record<string, readonly ScriptedTurn[]>>) {
  const asked = new Map<string, ScriptedRequest[]>();
  const server = await scriptedModel((request: ScriptedRequest) => {
    const id = String(request.body['model']);
    const before = asked.get(id) ?? [];
    asked.set(id, [...before, request]);
    const script = scripts[id] ?? [];
    return script[Math.min(before.length, script.length - 1)] ?? `${id}: no script`;
  });
  onTestFinished(() => server.close());
  return {
    model: (id: string) => openaiCompatible({ baseURL: server.baseURL, id }),
    /** What it was sent, each time. */
    sent: (id: string) => (asked.get(id) ?? []).map(({ messages }) => messages),
    requests: (id: string) => asked.get(id) ?? [],
  };
}

const delegate = (member: string, task: string) => ({
  name: 'delegate_task_to_member',
  arguments: { member, task },
});

async function complete(options: TeamOptions, bed?: TestBed): Promise<FinishedRun> {
  const { complete: run } = bed ?? (await testBed());
  return run(
    new Workflow({ name: 'W', steps: [new Team({ ...AT_ONCE, ...options })] }),
    'question',
  );
}

describe('a team', () => {
  test('has its leader ask members for parts of the work, and tell what it makes of them', async () => {
    const { model, sent, requests } = await models({
      leader: [{ calls: [delegate('Ann', 'find'), delegate('Bob', 'count')] }, 'together'],
      ann: ['found'],
      bob: ['3'],
    });
    const run = await complete({
      name: 'Crew',
      model: model('leader'),
      instructions: 'Lead.',
      members: [
        new Agent({ name: 'Ann', model: model('ann'), description: 'Finds things.' }),
        new Agent({ name: 'Bob', model: model('bob'), instructions: 'Count.' }),
      ],
    });
    expect(run.content).toBe('together');
    expect(run.stepResults).toMatchObject([{ name: 'Crew', type: 'Step', content: 'together' }]);
    expect(sent('leader')).toMatchObject([
      [{ role: 'system' }, { role: 'user', content: 'question' }],
      [
        { role: 'system' },
        { role: 'user' },
        { role: 'assistant' },
        { role: 'tool', content: 'found' },
        { role: 'tool', content: '3' },
      ],
    ]);
    expect(sent('ann')).toEqual([
      [
        { role: 'system', content: 'Finds things.' },
        { role: 'user', content: 'find' },
      ],
    ]);
    expect(sent('bob')[0]).toMatchObject([{ role: 'system' }, { role: 'user', content: 'count' }]);
    expect(requests('leader')[0]?.body['tools']).toMatchObject([
      {
        function: {
          name: 'delegate_task_to_member',
          description: expect.stringContaining('- Ann: Finds things.\n- Bob'),
          parameters: {
            properties: { member: { enum: ['Ann', 'Bob'] } },
            required: ['member', 'task'],
          },
        },
      },
    ]);
  });

  test("that routes answers what the member answers, without a further turn of its leader's", async () => {
    const { model, sent } = await models({
      leader: [{ calls: [delegate('Ann', 'do it'), delegate('Bob', 'do it too')] }],
      ann: ['done'],
      bob: ['never'],
    });
    const run = await complete({
      name: 'Desk',
      mode: 'route',
      maxTurns: 1,
      model: model('leader'),
      members: [
        new Agent({ name: 'Ann', model: model('ann') }),
        new Agent({ name: 'Bob', model: model('bob') }),
      ],
    });
    expect(run.content).toBe('done');
    expect([sent('leader').length, sent('ann').length, sent('bob').length]).toEqual([1, 1, 0]);
  });

  test('that collaborates has all members do the same at once, and its leader is told what each says', async () => {
    const { model, sent } = await models({
      leader: [
        { calls: [{ name: 'delegate_task_to_all_members', arguments: { task: 'think' } }] },
        'both',
      ],
      ann: ['yes'],
      bob: ['no'.repeat(3_000)],
    });
    const run = await complete({
      name: 'Panel',
      mode: 'collaborate',
      model: model('leader'),
      members: [
        new Agent({ name: 'Ann', model: model('ann') }),
        new Agent({ name: 'Bob', model: model('bob') }),
      ],
    });
    expect(run.content).toBe('both');
    expect(sent('leader')[1]?.at(-1)).toMatchObject({
      role: 'tool',
      content: `=== Ann ===\nyes\n\n=== Bob ===\n${'no'.repeat(3_000)}`,
    });
  });

  test('may hold teams, and members share the session state with what their tools change', async () => {
    const note = tool({
      name: 'note',
      description: 'Notes.',
      parameters: z.object({ text: z.string() }),
      execute: ({ text }, { sessionState }) => {
        sessionState['notes'] = [...((sessionState['notes'] as string[] | undefined) ?? []), text];
        return 'noted';
      },
    });
    const { model } = await models({
      top: [{ calls: [delegate('Inner', 'a'), delegate('Ann', 'b')] }, 'all'],
      inner: [{ calls: [delegate('Bob', 'c')] }, 'inner is done'],
      ann: [{ calls: [{ name: 'note', arguments: { text: 'ann' } }] }, 'ann is done'],
      bob: [{ calls: [{ name: 'note', arguments: { text: 'bob' } }] }, 'bob is done'],
    });
    const bed = await testBed();
    const workflow = new Workflow({
      name: 'Nested team',
      steps: [
        new Team({
          name: 'Top',
          model: model('top'),
          members: [
            new Team({
              name: 'Inner',
              model: model('inner'),
              members: [new Agent({ name: 'Bob', model: model('bob'), tools: [note] })],
            }),
            new Agent({ name: 'Ann', model: model('ann'), tools: [note] }),
          ],
        }),
        new Step({ name: 'Notes', executor: (_, { sessionState }) => sessionState['notes'] }),
      ],
    });
    const run = await bed.complete(workflow);
    expect(run.content).toEqual(['bob', 'ann']);
    const { events } = await bed.client.server.client.workflow.getHandle(run.runId).fetchHistory();
    const ids = (events ?? []).flatMap(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityId ?? [],
    );
    expect(ids).toContain('Top/Inner/Bob#1.1.1.1/turn/2');
    expect(ids).toContain('Top/Ann#1.2/call/1.1');
    const told: RunEvent[] = [];
    for await (const event of bed.client.streamRun(run.runId)) told.push(event);
    expect(
      told.flatMap((event) => ('agent' in event ? `${event.event} ${event.agent}` : [])),
    ).toEqual(
      expect.arrayContaining([
        'TeamRunStarted Top',
        'TeamRunStarted Inner',
        'RunStarted Bob',
        'RunCompleted Bob',
        'TeamRunCompleted Inner',
        'RunCompleted Ann',
        'TeamRunCompleted Top',
      ]),
    );
  });

  test('tells its leader of a member that fails, of a name that nobody has, and of a missing task', async () => {
    const { model, sent } = await models({
      leader: [
        { calls: [delegate('Ann', 'go'), delegate('Eve', 'go'), delegate('Ann', ' ')] },
        'I did it myself',
      ],
      ann: [{ calls: [{ name: 'nothing', arguments: {} }] }],
    });
    const run = await complete({
      name: 'Crew',
      model: model('leader'),
      members: [new Agent({ name: 'Ann', model: model('ann'), maxTurns: 1 })],
    });
    expect(run.content).toBe('I did it myself');
    expect(
      sent('leader')[1]
        ?.slice(-3)
        .map(({ content }) => content),
    ).toEqual([
      expect.stringMatching(/^Error: Ann: the agent 'Ann' has taken all of its 1 turns/),
      'Error: `member` must be the name of a member: Ann.',
      'Error: `task` must be a text that says what is to be done.',
    ]);
  });

  test('goes on in another execution without asking anybody again', async () => {
    const { model, sent } = await models({
      leader: [{ calls: [delegate('Ann', 'one')] }, { calls: [delegate('Ann', 'two')] }, 'end'],
      ann: ['first', 'second'],
    });
    const bed = await testBed();
    const workflow = new Workflow({
      name: 'Long team',
      steps: [
        new Team({
          name: 'Crew',
          model: model('leader'),
          members: [new Agent({ name: 'Ann', model: model('ann') })],
        }),
        new Step({ name: 'Last', executor: ({ previousStepContent }) => previousStepContent }),
      ],
    });
    await bed.worker([workflow], { [SEGMENT_EVENTS_OPTION]: 10 });
    const run = await finished(await bed.client.run(workflow, 'q', { background: true }));
    expect(run.content).toBe('end');
    expect([sent('leader').length, sent('ann').length]).toEqual([3, 2]);
    const { raw } = await bed.client.server.client.workflow.getHandle(run.runId).describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(run.temporalRunId);
  });

  test('works beside others, each with members of the same names', async () => {
    const { model } = await models({
      leader: [{ calls: [delegate('Ann', 'go')] }, 'x'],
      ann: ['y'],
    });
    const crew = (name: string): Team =>
      new Team({
        name,
        model: model('leader'),
        mode: 'route',
        members: [new Agent({ name: 'Ann', model: model('ann') })],
      });
    const { complete: run } = await testBed();
    const { content } = await run(
      new Workflow({ name: 'Two', steps: [new Parallel({ steps: [crew('A'), crew('B')] })] }),
    );
    expect(content).toMatch(/^=== A ===/);
  });
});
