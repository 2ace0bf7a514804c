import { expect, onTestFinished, test, vi } from 'vitest';
import { connect, type Outlast } from '../../src/client/index.js';
import {
  Agent,
  fallback,
  openaiCompatible,
  Step,
  Workflow,
  type AgentRunContentEvent,
  type Model,
  type RunEvent,
} from '../../src/index.js';
import { scriptedModel, type ScriptedModel, type ScriptedTurn } from '../../src/testing/index.js';
import { isContent } from '../support/stream.js';
import { finished, sharedBed } from '../support/temporal.js';

async function scripted(...turns: readonly ScriptedTurn[]): Promise<ScriptedModel> {
  const model = await scriptedModel(turns);
  onTestFinished(() => model.close());
  return model;
}

/** A workflow of one agent, which a worker has. */
async function writing(model: Model) {
  const { client, address, worker } = await sharedBed();
  const agent = new Agent({ name: 'Writer', model, retry: { initialInterval: 1 } });
  const workflow = new Workflow({ name: 'Writing', steps: [new Step({ name: 'Write', agent })] });
  await worker([workflow]);
  return { workflow, client, address };
}

async function all(stream: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

function textOf(events: readonly RunEvent[]): string {
  return events
    .filter(isContent)
    .map(({ content }) => content)
    .join('');
}

/** How often the client asks what the turns under way have come to. */
function looksOf({ server: { service } }: Outlast): {
  readonly at: number[];
  underWay: number;
  most: number;
} {
  const looks = { at: [] as number[], underWay: 0, most: 0 };
  const ask = service.describeWorkflowExecution.bind(service) as (request: unknown) => unknown;
  const counted = async (request: { execution: { runId?: string } }): Promise<unknown> => {
    // Whoever asks how a run is doing doesn't say of which execution.
    if (request.execution.runId === undefined) return ask(request);
    looks.at.push(Date.now());
    looks.underWay += 1;
    looks.most = Math.max(looks.most, looks.underWay);
    try {
      return await ask(request);
    } finally {
      looks.underWay -= 1;
    }
  };
  vi.spyOn(service, 'describeWorkflowExecution').mockImplementation(counted as never);
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  return looks;
}

const WORDS = Array.from({ length: 24 }, (_, index) => `word${String(index)} `)
  .join('')
  .trim();

test('what a model writes is told as it comes, to all readers, each from the beginning and to the end', async () => {
  const model = await scripted({ reasoning: 'Hm, so.', text: `${WORDS} 🐝`, every: 60 });
  const { workflow, client, address } = await writing(model.model);
  await using other = await connect({ address });
  const stream = workflow.run('x', { stream: true, client });
  const runId = await stream.runId;
  const looks = looksOf(client);
  const [events, again, elsewhere] = await Promise.all([
    all(stream),
    all(stream),
    all(other.streamRun(runId)),
  ]);
  for (const each of [events, again, elsewhere]) {
    expect(textOf(each)).toBe(`${WORDS} 🐝`);
    const told = each.filter(isContent);
    expect(told.length).toBeGreaterThan(1);
    expect(told.map(({ reasoning }) => reasoning).join('')).toBe('Hm, so.');
    let position = 0;
    for (const event of told) {
      expect(event).toMatchObject({
        ...{ event: 'RunContent', stepName: 'Write', stepPath: 'Write', agent: 'Writer', turn: 1 },
        ...{ attempt: 1, model: null, position, tools: [], runId, offset: 2 },
      });
      position += event.content.length;
    }
    // Between the beginning of the agent's run and its end.
    expect(
      each.map(({ event }) => event).filter((name, at, names) => name !== names[at - 1]),
    ).toEqual([
      'WorkflowStarted',
      'StepStarted',
      'RunStarted',
      'RunContent',
      'RunCompleted',
      'StepCompleted',
      'WorkflowCompleted',
    ]);
  }
  expect(looks.most).toBe(1);
  const pauses = looks.at.slice(1).map((at, index) => at - looks.at[index]!);
  expect(Math.min(...pauses)).toBeGreaterThan(200);
  // Whoever comes later has the whole in RunCompleted, and events by the same offsets.
  const late = await all(client.streamRun(runId));
  expect(late.filter(isContent)).toEqual([]);
  expect(late).toEqual(events.filter((event) => !isContent(event)));
});

test('a cut stream begins anew: another attempt, from 0', async () => {
  const model = await scripted({ cut: true, text: WORDS, every: 60 }, { text: 'whole', every: 10 });
  const { workflow, client } = await writing(model.model);
  const told = (await all(workflow.run('x', { stream: true, client }))).filter(isContent);
  const [first] = told;
  expect(first).toMatchObject({ attempt: 1, position: 0 });
  expect(WORDS.startsWith(textOf(told.filter(({ attempt }) => attempt === 1)))).toBe(true);
  const second = told.filter(({ attempt }) => attempt === 2);
  expect(second[0]).toMatchObject({ position: 0 });
  expect(textOf(second)).toBe('whole');
});

test('the next model of a fallback begins anew, in the same attempt', async () => {
  const cut = await scripted({ cut: true, text: WORDS, every: 60 });
  const model = await scripted({ text: 'whole', every: 10 });
  const first = openaiCompatible({ baseURL: cut.baseURL, id: 'first' });
  const { workflow, client } = await writing(fallback(first, model.model));
  const told = (await all(workflow.run('x', { stream: true, client }))).filter(isContent);
  expect(new Set(told.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  const of = (name: string): AgentRunContentEvent[] =>
    told.filter((event) => event.model === `openai-compatible/${name}`);
  expect(WORDS.startsWith(textOf(of('first')))).toBe(true);
  expect(of('first')[0]).toMatchObject({ position: 0 });
  expect(of('scripted')[0]).toMatchObject({ position: 0 });
  expect(textOf(of('scripted'))).toBe('whole');
});

test('who comes while a model writes is told from there; who leaves ends the looking', async () => {
  const model = await scripted({ text: WORDS, every: 60 });
  const { workflow, client } = await writing(model.model);
  const run = await workflow.run('x', { background: true, client });
  const looks = looksOf(client);
  const stop = new AbortController();
  const reason = new Error('enough');
  const aborted = all(client.streamRun(run.runId, { signal: stop.signal }));
  for await (const event of client.streamRun(run.runId)) {
    if (!isContent(event)) continue;
    expect(event.offset).toBe(2);
    break;
  }
  // From the event after the one that was the last.
  for await (const event of client.streamRun(run.runId, { from: 3 })) {
    expect(event).toMatchObject({ event: 'RunContent', offset: 2, position: 0 });
    break;
  }
  stop.abort(reason);
  await expect(aborted).rejects.toBe(reason);
  await expect.poll(() => looks.underWay).toBe(0);
  const before = looks.at.length;
  expect((await finished(run)).content).toBe(WORDS);
  expect(looks.at).toHaveLength(before);
});

test('no event is added to the history', async () => {
  const model = await scripted({ text: WORDS, every: 40 }, WORDS);
  const { workflow, client } = await writing(model.model);
  const streamed = workflow.run('x', { stream: true, client });
  await all(streamed);
  const unread = await workflow.run('x', { client });
  const kindsOf = async (runId: string): Promise<unknown> => {
    const { events } = await client.server.client.workflow.getHandle(runId).fetchHistory();
    const kinds = events?.flatMap((event) =>
      Object.keys(event).filter((key) => /Attributes$/.test(key)),
    );
    return kinds?.filter((kind) => !kind.startsWith('workflowTask'));
  };
  expect(await kindsOf(await streamed.runId)).toEqual(await kindsOf(unread.runId));
});
