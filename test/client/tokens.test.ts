import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
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
import { isContent, read } from '../support/stream.js';
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
    expect(told.length).toBeGreaterThan(2);
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
  const model = await scripted({ cut: true, text: WORDS, every: 40 }, { text: 'whole', every: 10 });
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
  const cut = await scripted({ cut: true, text: WORDS, every: 40 });
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
  const lengthOf = async (runId: string): Promise<number> => {
    const handle = client.server.client.workflow.getHandle(runId);
    return (await handle.describe()).historyLength;
  };
  expect(await lengthOf(await streamed.runId)).toBe(await lengthOf(unread.runId));
});

describe('a run that is cancelled in the middle of a stream', () => {
  test.each([
    ['while it writes', 50],
    ['while it is silent', null],
  ])("has its provider's connection closed within a second: %s", async (_, every) => {
    let closed: Promise<number> = Promise.reject(new Error('nobody asked'));
    closed.catch(() => undefined);
    const server = createServer((request, response) => {
      closed = once(response, 'close').then(() => Date.now());
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const chunk = `data: ${JSON.stringify({ choices: [{ delta: { content: 'word ' } }] })}\n\n`;
      response.write(chunk);
      const timer = every === null ? undefined : setInterval(() => response.write(chunk), every);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const baseURL = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`;
    const { workflow, client } = await writing(openaiCompatible({ baseURL, id: 'm' }));
    const stream = workflow.run('x', { stream: true, client });
    for await (const event of stream) if (isContent(event)) break;
    const asked = Date.now();
    await workflow.cancelRun(await stream.runId, { client });
    const took = (await closed) - asked;
    expect(took).toBeLessThan(1_000);
    expect((await read(stream)).at(-1)).toMatchObject({ event: 'WorkflowCancelled' });
  });
});

test('a word is told within 400 ms: the median', async () => {
  const sent: number[] = [];
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => {
      const isLast = sent.length === 40;
      const delta = isLast ? {} : { content: 'x' };
      const choice = { delta, finish_reason: isLast ? 'stop' : null };
      if (!isLast) sent.push(Date.now());
      response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
      if (!isLast) return;
      clearInterval(timer);
      response.end('data: [DONE]\n\n');
    }, 50);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const baseURL = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`;
  const { workflow, client } = await writing(openaiCompatible({ baseURL, id: 'm' }));
  const lags: number[] = [];
  for await (const event of workflow.run('x', { stream: true, client })) {
    if (!isContent(event)) continue;
    for (let at = 0; at < event.content.length; at++)
      lags.push(Date.now() - sent[event.position + at]!);
  }
  expect(lags).toHaveLength(40);
  const median = lags.sort((one, other) => one - other)[20]!;
  console.log(`median lag of a word: ${String(median)} ms`);
  expect(median).toBeLessThan(400);
});
