import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PayloadCodec } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { executionsUntil } from '../../src/client/history.js';
import {
  Agent,
  ForEach,
  Loop,
  openaiCompatible,
  Parallel,
  Step,
  Team,
  tool,
  Workflow,
  type AgentOptions,
  type FinishedRun,
  type Model,
} from '../../src/index.js';
import {
  fromRun,
  recordHistory,
  scriptedModel,
  type FromRunOptions,
  type Script,
  type ScriptedHandler,
  type ScriptedModel,
  type ScriptedTurn,
} from '../../src/testing/index.js';
import { SEGMENT_EVENTS_OPTION } from '../../src/worker/create-worker.js';
import { tempFolder } from '../support/temp-folder.js';
import { finished, sharedBed, testBed } from '../support/temporal.js';
import { timeless } from '../support/timeless.js';

/** A definition with models by their ids. */
type Definition = (model: (id: string) => Model) => Workflow;

/** Of a definition that isn't run. */
const nowhere = (id: string): Model => openaiCompatible({ baseURL: 'http://127.0.0.1:9/v1', id });

/** A run of a definition whose models play a script. */
async function play(
  definition: Definition,
  script: ScriptedHandler | readonly ScriptedTurn[] | Script,
): Promise<{ readonly run: FinishedRun; readonly model: ScriptedModel }> {
  const model = await scriptedModel(script);
  onTestFinished(() => model.close());
  const { complete } = await sharedBed();
  const { baseURL } = model;
  const workflow = definition((id) => openaiCompatible({ baseURL, id, maxTokens: 1_000 }));
  return { run: await complete(workflow, 'question'), model };
}

/** The history of a run of it. */
async function record(
  definition: Definition,
  script: ScriptedHandler | readonly ScriptedTurn[],
): Promise<{ readonly run: FinishedRun; readonly history: string }> {
  const { run } = await play(definition, script);
  const { client } = await sharedBed();
  return { run, history: await recordHistory(run.runId, { client }) };
}

/** A run of it by the script that a history is. */
async function again(
  definition: Definition,
  history: string,
  options?: FromRunOptions,
): ReturnType<typeof play> {
  return play(definition, await fromRun(history, options));
}

/** Without what is a run's own. */
function resultOf({ status, content, stepResults }: FinishedRun): object {
  return { status, content, stepResults: timeless(stepResults) };
}

const lookGiving = (found: string) =>
  tool({
    name: 'look',
    description: 'Looks something up.',
    parameters: z.object({ topic: z.string() }),
    execute: ({ topic }) => `${found} ${topic}`,
  });

const looks = (topic: string): ScriptedTurn => ({
  text: 'Let me see.',
  calls: [{ name: 'look', arguments: { topic } }],
});

const asks = (member: string, task: string) => ({
  name: 'delegate_task_to_member',
  arguments: { member, task },
});

/** An agent, then a team with teams in it, with another agent beside it. */
const company =
  (prompt: string, found: string): Definition =>
  (model) => {
    const agent = (name: string): Agent =>
      new Agent({ name, model: model(name), instructions: prompt, tools: [lookGiving(found)] });
    const desk = new Team({
      name: 'Desk',
      mode: 'route',
      model: model('Desk'),
      members: [agent('Bob')],
    });
    const panel = new Team({
      ...{ name: 'Panel', mode: 'collaborate', model: model('Panel') },
      members: [agent('Cid'), agent('Dee')],
    });
    const crew = new Team({
      name: 'Crew',
      model: model('Crew'),
      members: [agent('Ann'), desk, panel],
    });
    return new Workflow({
      name: 'Company',
      steps: [agent('First'), new Parallel({ name: 'Then', steps: [crew, agent('Beside')] })],
    });
  };

const COMPANY: Readonly<Record<string, readonly ScriptedTurn[]>> = {
  First: [looks('a'), looks('b'), 'a and b'],
  Crew: [
    { calls: [asks('Ann', 'c'), asks('Desk', 'd')] },
    { calls: [asks('Panel', 'e'), asks('Ann', 'f')] },
    'all of it',
  ],
  Desk: [{ calls: [asks('Bob', 'g')] }],
  Bob: [looks('g'), 'g!'],
  Panel: [{ calls: [{ name: 'delegate_task_to_all_members', arguments: { task: 'h' } }] }, 'h!'],
  Cid: [looks('h'), 'cid'],
  Dee: ['dee'],
  Beside: [looks('i'), 'beside'],
};

const companyScript: ScriptedHandler = ({ body, messages }) => {
  const id = String(body['model']);
  const turn = messages.filter(({ role }) => role === 'assistant').length;
  const task = messages.find(({ role }) => role === 'user')?.content;
  if (id === 'Ann') return `${String(task)}!`;
  return COMPANY[id]?.[turn] ?? `${id}: no script`;
};

test('a recorded run is played by its agents and teams again, with other prompts and tools', async () => {
  const { run, history } = await record(company('Be brief.', 'found'), companyScript);
  const changed = company('Be thorough.', 'now found');
  const { run: second, model } = await again(changed, history, {
    workflows: [changed(nowhere)],
  });
  expect(run.status).toBe('completed');
  expect(resultOf(second)).toEqual(resultOf(run));
  model.assertComplete();
  const told = model.requests.flatMap(({ messages }) => messages);
  expect(told).toContainEqual(expect.objectContaining({ role: 'tool', content: 'now found a' }));
  expect(told[0]?.content).toContain('Be thorough.');
});

test('a run whose values are encoded is decoded', async () => {
  const { history } = await record(answering(), ['yes']);
  const reversed = (data: Uint8Array): Uint8Array => Uint8Array.from(data).reverse();
  const encoded = history.replaceAll(/"data": "([^"]+)"/g, (_, data: string) => {
    const bytes = reversed(Buffer.from(data, 'base64'));
    return `"data": "${Buffer.from(bytes).toString('base64')}"`;
  });
  const decode: PayloadCodec['decode'] = (payloads) =>
    Promise.resolve(
      payloads.map((each) => ({ ...each, data: reversed(each.data ?? new Uint8Array()) })),
    );
  const dataConverter = { payloadCodecs: [{ encode: decode, decode }] };
  const { run } = await again(answering(), encoded, { dataConverter });
  expect(run.content).toBe('yes');
});

test('a file is taken as well as a text', async () => {
  const { history } = await record(answering(), ['yes']);
  const file = path.join(tempFolder(), 'run.json');
  writeFileSync(file, history);
  const { run } = await again(answering(), file);
  expect(run.content).toBe('yes');
});

const answering =
  (options: Partial<AgentOptions> = {}): Definition =>
  (model) =>
    new Workflow({
      name: 'Answering',
      steps: [new Agent({ name: 'Agent', model: model('m'), maxRetries: 0, ...options })],
    });

/** Two that are asked the same side by side. */
const sideBySide =
  (one: Partial<AgentOptions>, two: Partial<AgentOptions>): Definition =>
  (model) =>
    new Workflow({
      name: 'Side by side',
      steps: [
        new Parallel({
          steps: [
            new Agent({ name: 'One', model: model('one'), maxRetries: 0, ...one }),
            new Agent({ name: 'Two', model: model('two'), maxRetries: 0, ...two }),
          ],
        }),
      ],
    });

test('agents that are asked the same are told apart by their tools', async () => {
  const definition = sideBySide({ tools: [lookGiving('x')] }, {});
  const { run, history } = await record(definition, ({ body }) => String(body['model']));
  const { run: second, model } = await again(definition, history);
  expect(second.content).toEqual(run.content);
  model.assertComplete();
});

test.each<[string, Partial<AgentOptions>, Partial<AgentOptions>]>([
  ['prompts', { instructions: 'A.' }, { instructions: 'B.' }],
  ['prompts of which one is none', { instructions: 'A.' }, {}],
  ['models', {}, {}],
])('or, by their definitions, by %s', async (_, one, two) => {
  const definition = sideBySide(one, two);
  const { run, history } = await record(definition, ({ body }) => String(body['model']));
  const { run: second, model } = await again(definition, history, {
    workflows: [definition(nowhere)],
  });
  expect(run.content).toContain('=== Two ===\ntwo');
  expect(second.content).toEqual(run.content);
  model.assertComplete();
});

test('of one model too, by what functions give as their instructions', async () => {
  const definition: Definition = (model) =>
    sideBySide(
      { model: model('m'), instructions: () => 'A.' },
      { model: model('m'), instructions: () => ['B.'] },
    )(model);
  const { run, history } = await record(definition, ({ messages }) => {
    const told = String(messages.find(({ role }) => role === 'system')?.content);
    // In another order than that in which they are asked: that of the run would be the wrong one.
    return { text: `told ${told}`, after: told.includes('A.') ? '1 second' : 1 };
  });
  const { run: second, model } = await again(definition, history, {
    workflows: [definition(nowhere)],
  });
  expect(second.content).toEqual(run.content);
  model.assertComplete();
});

test('or else none of them is answered', async () => {
  const definition = sideBySide({}, {});
  const { history } = await record(definition, ({ body }) => String(body['model']));
  const { run } = await again(definition, history);
  expect(run.error?.message).toMatch(
    /Nothing tells whether turn 1 of '(One|Two)' \(Parallel\/\1#1\/turn\/1\) is asked for or .*: give fromRun the `workflows`/,
  );
});

test('one that is asked the same again and again answers in the order of the run', async () => {
  const definition: Definition = (model) =>
    new Workflow({
      name: 'Looping',
      steps: [
        new Loop({ maxIterations: 3, steps: [new Agent({ name: 'Agent', model: model('m') })] }),
        () => ['a', 'b'],
        new ForEach({
          items: () => ['a', 'b'],
          step: new Agent({ name: 'Each', model: model('m') }),
        }),
      ],
    });
  const script: ScriptedHandler = ({ number, messages }) =>
    number <= 3 ? `draft ${String(number)}` : `about ${String(messages[0]?.content)}`;
  const { run, history } = await record(definition, script);
  const { run: second, model } = await again(definition, history);
  expect(resultOf(second)).toEqual(resultOf(run));
  model.assertComplete();
});

test('so do agents that are alike', async () => {
  const definition: Definition = (model) => {
    const agent = new Agent({ name: 'Agent', model: model('m') });
    const again = new Step({ name: 'Again', agent });
    return new Workflow({ name: 'Twice', steps: [agent, () => 'question', again] });
  };
  const { run, history } = await record(definition, ['one', 'two']);
  const { run: second, model } = await again(definition, history, {
    workflows: [definition(nowhere)],
  });
  expect(resultOf(second)).toEqual(resultOf(run));
  model.assertComplete();
});

test('an answer of a schema is given as the schema made it, and one that it refused as it was', async () => {
  const definition = answering({ outputSchema: z.object({ n: z.number() }) });
  const { history } = await record(definition, ['seven', '{ "n": 7, "unit": "bees" }']);
  const { run, model } = await again(definition, history);
  expect(run.content).toEqual({ n: 7 });
  model.assertComplete();
});

test('a turn that failed fails with what was said', async () => {
  const { history } = await record(answering(), [{ status: 404, message: 'the model is retired' }]);
  const { run } = await again(answering(), history);
  expect(run.error?.message).toContain('the model is retired');
});

test('what the run has not said is refused', async () => {
  const { history } = await record(answering(), ['yes']);
  const asked: Definition = (model) =>
    new Workflow({
      name: 'Asking else',
      steps: [() => 'another question', new Agent({ name: 'Agent', model: model('m') })],
    });
  const { run, model } = await again(asked, history);
  const message = 'The recorded run has no turn after this message: user: another question';
  expect(run.error?.message).toContain(message);
  expect(() => {
    model.assertComplete();
  }).toThrow(
    `It went another way than the recorded run:\n${message}\nturn 1 of 'Agent' (Agent#1/turn/1) was not asked for`,
  );
});

test('what is asked more often than in the run is refused', async () => {
  const { history } = await record(answering(), ['yes']);
  const twice: Definition = (model) =>
    new Workflow({
      name: 'Twice',
      steps: [
        new Agent({ name: 'Agent', model: model('m') }),
        () => 'question',
        new Agent({ name: 'Agent', model: model('m') }),
      ],
    });
  const { run } = await again(twice, history);
  expect(run.error?.message).toContain(
    "turn 1 of 'Agent' (Agent#1/turn/1) is asked for more often than in the recorded run",
  );
});

test('a tool that fails, and had worked, is told', async () => {
  const with1 = answering({ tools: [lookGiving('found')] });
  const { history } = await record(with1, [looks('bees'), 'They dance.']);
  const { run, model } = await again(answering(), history);
  const message =
    "turn 2 of 'Agent' (Agent#1/turn/2) is told of a tool that fails, and had worked: tool: Error: There is no tool 'look'.";
  expect(run.error?.message).toContain(message);
  expect(() => {
    model.assertComplete();
  }).toThrow(message);
});

test('nested runs are taken from a directory with the histories of all', async () => {
  const nested: Definition = (model) =>
    new Workflow({
      name: 'Outer',
      steps: [
        new Agent({ name: 'Agent', model: model('m') }),
        new Step({ name: 'Inner', workflow: answering()(model) }),
      ],
    });
  const script: ScriptedHandler = ({ messages }) => `${String(messages[0]?.content)}!`;
  const { run, history } = await record(nested, script);
  const { client } = await sharedBed();
  const inner = await recordHistory(String(run.stepResults[1]?.runId), { client });
  const { run: second, model } = await again(nested, directoryOf([history, inner]));
  expect(second.content).toBe('question!!');
  model.assertComplete();
});

test('so are the executions of a run that went on, and one alone is refused', async () => {
  const bed = await testBed();
  const model = await scriptedModel(({ number }) => (number < 8 ? looks(String(number)) : 'done'));
  onTestFinished(() => model.close());
  const definition = answering({ tools: [lookGiving('found'.repeat(600))] });
  const workflow = definition(() => model.model);
  await bed.worker([workflow], { [SEGMENT_EVENTS_OPTION]: 20 });
  const run = await finished(await bed.client.run(workflow, 'question', { background: true }));
  const { server } = bed.client;
  const executions = await executionsUntil(server, run);
  expect(executions.length).toBeGreaterThan(1);
  const histories = await Promise.all(
    executions.map(async ({ runId, temporalRunId }) =>
      historyToJSON(await server.client.workflow.getHandle(runId, temporalRunId).fetchHistory()),
    ),
  );
  const { run: second, model: played } = await again(definition, directoryOf(histories));
  expect(second.content).toBe('done');
  played.assertComplete();
  await expect(fromRun(histories.at(-1)!)).rejects.toMatchObject({
    code: 'REPLAY_FAILED',
    message: expect.stringMatching(/isn't the whole run\..*keep the histories of all/),
  });
});

function directoryOf(histories: readonly string[]): string {
  const folder = path.join(tempFolder(), 'histories');
  mkdirSync(folder);
  for (const [index, history] of histories.entries())
    writeFileSync(path.join(folder, `${String(index)}.json`), history);
  return folder;
}

test.each([
  ['no/such/file.json', {}, /fromRun: there is no file or directory no\/such\/file\.json/],
  ['{"events":[]}', {}, /fromRun: what was given isn't a history/],
  ['{"events":[]}', { workflow: 1 }, /fromRun must have no option `workflow`/],
  ['{"events":[]}', { workflows: [1] }, /`workflows\[0\]` must be a Workflow, an Agent or a Team/],
])('%s with %o is refused', async (source, options, message) => {
  await expect(fromRun(source, options as FromRunOptions)).rejects.toThrow(message);
});
