import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { connect, type Outlast } from '../../src/client/index.js';
import {
  Agent,
  Parallel,
  RunNotFoundError,
  Step,
  Steps,
  StepOutput,
  tool,
  Workflow,
  type RunEvent,
} from '../../src/index.js';
import { scriptedModel } from '../../src/testing/index.js';
import { lines, read } from '../support/stream.js';
import { finished, sharedBed, testBed, type SharedBed } from '../support/temporal.js';

/** A workflow of two steps, of which the second waits to be let go. */
async function held(bed: SharedBed): Promise<{ workflow: Workflow; letGo: () => void }> {
  let letGo: () => void = () => undefined;
  const isFree = new Promise<void>((resolve) => (letGo = resolve));
  const workflow = new Workflow({
    name: 'Held',
    steps: [
      new Step({ name: 'first', executor: () => 1 }),
      new Step({
        name: 'second',
        executor: async (input, { signal }) => {
          await Promise.race([isFree, ended(signal)]);
          if (input.input === 'fail') throw new TypeError('boom');
          return 2;
        },
        maxRetries: 0,
      }),
    ],
  });
  await bed.worker([workflow]);
  // Before the worker is closed, which would wait for the step.
  onTestFinished(letGo);
  return { workflow, letGo };
}

/** The client's questions for histories: how many are under way, and were at most. */
function pollsOf({ server: { service } }: Outlast): { underWay: number; most: number } {
  const polls = { underWay: 0, most: 0 };
  const ask = service.getWorkflowExecutionHistory.bind(service) as (request: unknown) => unknown;
  const counted = async (request: unknown): Promise<unknown> => {
    polls.underWay += 1;
    polls.most = Math.max(polls.most, polls.underWay);
    try {
      return await ask(request);
    } finally {
      polls.underWay -= 1;
    }
  };
  vi.spyOn(service, 'getWorkflowExecutionHistory').mockImplementation(counted as never);
  return polls;
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

const UNTIL_HELD = [
  'WorkflowStarted',
  'StepStarted first',
  'StepCompleted first',
  'StepStarted second',
];

/** Reads until the second step is under way. */
async function untilHeld(stream: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    if (event.event === 'StepStarted' && event.stepName === 'second') break;
  }
  expect(lines(events)).toEqual(UNTIL_HELD);
  return events;
}

describe('a run with `stream`', () => {
  test('tells what happens in its order, containers around their children, and what it came to', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const workflow = new Workflow({
      name: 'Told Workflow',
      inputSchema: z.object({ topic: z.string(), depth: z.number().default(1) }),
      steps: [
        () => 'first',
        new Steps({
          name: 'Group',
          steps: [() => 'a', new Step({ name: 'b', executor: () => 'b' })],
        }),
        new Parallel({ name: 'One by one', maxConcurrency: 1, steps: [() => 'x', () => 'y'] }),
      ],
    });
    await bed.worker([workflow]);
    const stream = workflow.run({ topic: 'bees' }, { stream: true, sessionId: 's', client });
    const events = await read(stream);
    expect(lines(events)).toEqual([
      'WorkflowStarted',
      'StepStarted Step',
      'StepCompleted Step',
      'StepsExecutionStarted Group',
      'StepStarted Group/Step',
      'StepCompleted Group/Step',
      'StepStarted Group/b',
      'StepCompleted Group/b',
      'StepsExecutionCompleted Group',
      'ParallelExecutionStarted One by one',
      'StepStarted One by one/Step',
      'StepCompleted One by one/Step',
      'StepStarted One by one/Step#2',
      'StepCompleted One by one/Step#2',
      'ParallelExecutionCompleted One by one',
      'WorkflowCompleted',
    ]);
    const run = await stream.result();
    const ids = {
      runId: await stream.runId,
      workflowId: 'told-workflow',
      workflowName: 'Told Workflow',
      sessionId: 's',
    };
    for (const [offset, event] of events.entries()) {
      expect(event).toMatchObject({ ...ids, offset, createdAt: expect.any(Date) });
      expect(event).not.toHaveProperty('iteration');
      expect(event).not.toHaveProperty('pass');
      expect(+event.createdAt).toBeGreaterThanOrEqual(+run.createdAt);
      expect(+event.createdAt).toBeLessThanOrEqual(+run.finishedAt);
    }
    expect(events[0]).toMatchObject({ input: { topic: 'bees', depth: 1 } });
    expect(events[2]).toMatchObject({ stepName: 'Step', result: run.stepResults[0] });
    expect(events[3]).toMatchObject({ stepName: 'Group', stepCount: 2 });
    expect(events[8]).toMatchObject({ result: run.stepResults[1] });
    expect(events[9]).toMatchObject({ parallelStepCount: 2 });
    expect(events[14]).toMatchObject({ result: run.stepResults[2] });
    expect(events[15]).toMatchObject({ content: run.content });
    expect(run.content).toBe('=== Step ===\nx\n\n=== Step ===\ny');
  });

  test("tells an agent's run and its tools between its step's start and end", async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const model = await scriptedModel([
      { calls: [{ name: 'double', arguments: { n: 4 } }] },
      { calls: [{ name: 'fail', arguments: {} }] },
      'eight',
    ]);
    onTestFinished(() => model.close());
    const double = tool({
      name: 'double',
      description: 'Doubles.',
      parameters: z.object({ n: z.number() }),
      execute: ({ n }) => 2 * n,
    });
    const fail = tool({
      name: 'fail',
      description: 'Fails.',
      maxRetries: 0,
      execute: () => {
        throw new Error('out of order');
      },
    });
    const agent = new Agent({ name: 'Calculator', model: model.model, tools: [double, fail] });
    const workflow = new Workflow({ name: 'Agents', steps: [new Step({ name: 'Ask', agent })] });
    await bed.worker([workflow]);
    const events = await read(workflow.run('twice 4?', { stream: true, client }));
    const place = { stepName: 'Ask', stepPath: 'Ask' };
    const about = { ...place, agent: 'Calculator' };
    expect(events.slice(1, -1)).toMatchObject([
      { event: 'StepStarted', ...place },
      { event: 'RunStarted', ...about },
      { event: 'ToolCallStarted', ...about, turn: 1, tool: 'double', arguments: '{"n":4}' },
      { event: 'ToolCallCompleted', ...about, turn: 1, tool: 'double', content: 8, error: null },
      { event: 'ToolCallStarted', ...about, turn: 2, tool: 'fail' },
      { event: 'ToolCallCompleted', turn: 2, tool: 'fail', content: null, error: 'out of order' },
      { event: 'RunCompleted', ...about, turns: 3, content: 'eight' },
      { event: 'StepCompleted', ...place, result: { content: 'eight' } },
    ]);
  });

  test('tells each event while the run goes on', async () => {
    const bed = await sharedBed();
    const { workflow, letGo } = await held(bed);
    const stream = workflow.run(null, { stream: true, client: bed.client });
    const before = await untilHeld(stream);
    letGo();
    const all = await read(stream);
    expect(all.slice(0, before.length)).toEqual(before);
    expect(lines(all.slice(before.length))).toEqual(['StepCompleted second', 'WorkflowCompleted']);
  });

  test('returns at once, and its `runId` finds the run', async () => {
    const bed = await testBed();
    const { client } = bed;
    const workflow = new Workflow({ name: 'Unserved', steps: [() => 1] });
    const stream = client.run(workflow, null, { stream: true, runId: `at-once-${bed.taskQueue}` });
    expect(stream).not.toHaveProperty('then');
    expect(await stream.runId).toBe(`at-once-${bed.taskQueue}`);
    expect((await client.getRun(await stream.runId))?.status).toBe('pending');
  });

  test('of a workflow that is named is told as well', async () => {
    const bed = await sharedBed();
    await held(bed);
    const stream = bed.client.run('Held', 'fail', { stream: true });
    expect(lines(await untilHeld(stream))).toEqual(UNTIL_HELD);
  });

  test('that fails ends with WorkflowError, and throws nothing', async () => {
    const bed = await sharedBed();
    const { workflow, letGo } = await held(bed);
    letGo();
    const stream = workflow.run('fail', { stream: true, client: bed.client });
    const events = await read(stream);
    expect(lines(events)).toEqual([...UNTIL_HELD, 'StepError second', 'WorkflowError']);
    expect(events.at(-2)).toMatchObject({ error: 'boom', skipped: false });
    const { error, status } = await stream.result();
    expect(status).toBe('failed');
    expect(events.at(-1)).toMatchObject({ error });
    expect(error).toMatchObject({ code: 'STEP_FAILED', step: 'second', type: 'TypeError' });
  });

  test('tells a container that fails, or that a `stop` ends, by what happened in it alone', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const fails = (): never => {
      throw new Error('no');
    };
    const failing = new Step({ name: 'bad', maxRetries: 0, executor: fails });
    const skipping = new Step({ name: 'skipped', maxRetries: 0, onError: 'skip', executor: fails });
    const stopping = new Step({
      name: 'stops',
      executor: () => new StepOutput({ content: 'so far', stop: true }),
    });
    const failed = new Workflow({
      name: 'Fails inside',
      steps: [new Steps({ name: 'Group', steps: [skipping, failing, () => 'never'] })],
    });
    const stopped = new Workflow({
      name: 'Stops inside',
      steps: [new Steps({ name: 'Group', steps: [stopping, () => 'never'] }), () => 'never'],
    });
    await bed.worker([failed, stopped]);
    const events = await read(failed.run(null, { stream: true, client }));
    expect(lines(events)).toEqual([
      'WorkflowStarted',
      'StepsExecutionStarted Group',
      'StepStarted Group/skipped',
      'StepError Group/skipped',
      'StepStarted Group/bad',
      'StepError Group/bad',
      'WorkflowError',
    ]);
    expect(events.filter(({ event }) => event === 'StepError')).toMatchObject([
      { skipped: true },
      { skipped: false },
    ]);
    expect(lines(await read(stopped.run(null, { stream: true, client })))).toEqual([
      'WorkflowStarted',
      'StepsExecutionStarted Group',
      'StepStarted Group/stops',
      'StepCompleted Group/stops',
      'StepsExecutionCompleted Group',
      'WorkflowCompleted',
    ]);
  });

  test.each([
    ['cancelled', false],
    ['terminated', true],
  ])('that is %s ends with WorkflowCancelled', async (_, force) => {
    const bed = await sharedBed();
    const { workflow } = await held(bed);
    const stream = workflow.run(null, { stream: true, client: bed.client });
    await untilHeld(stream);
    await workflow.cancelRun(await stream.runId, { force, client: bed.client });
    expect(lines(await read(stream))).toEqual([...UNTIL_HELD, 'WorkflowCancelled']);
    expect((await stream.result()).status).toBe('cancelled');
  });

  test('whose input the worker refuses tells that it began, and why it failed', async () => {
    const bed = await sharedBed();
    const options = { name: 'Refusing', steps: [() => 1] };
    await bed.worker([new Workflow({ ...options, inputSchema: z.string() })]);
    const events = await read(new Workflow(options).run(7, { stream: true, client: bed.client }));
    expect(events).toMatchObject([
      { event: 'WorkflowStarted', input: 7, workflowId: 'refusing' },
      { event: 'WorkflowError', error: { code: 'INPUT_INVALID' } },
    ]);
  });

  test('that could not be started throws when it is read', async () => {
    const { client } = await testBed();
    const workflow = new Workflow<unknown>({
      name: 'W',
      inputSchema: z.string(),
      steps: [() => 1],
    });
    const stream = workflow.run(7, { stream: true, client });
    const refused = { code: 'INPUT_INVALID' };
    await expect(read(stream)).rejects.toMatchObject(refused);
    await expect(stream.runId).rejects.toMatchObject(refused);
    await expect(stream.result()).rejects.toMatchObject(refused);
  });

  test('is not in the background as well', async () => {
    const { client } = await testBed();
    const workflow = new Workflow({ name: 'W', steps: [() => 1] });
    const both = { stream: true, background: true } as never;
    const message = 'W: run: `stream` must be left out beside `background`, got true';
    expect(() => client.run(workflow, null, both)).toThrow(message);
    expect(() => workflow.run(null, both)).toThrow(message);
  });

  test('that exists already is told from its beginning', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const { workflow, letGo } = await held(bed);
    letGo();
    const { runId } = await workflow.run(null, { client });
    const stream = workflow.run(null, { stream: true, runId, onExisting: 'return', client });
    expect(await read(stream)).toEqual(await read(workflow.streamRun(runId, { client })));
  });

  test('that is started anew under its id is told apart from the one before', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const { workflow, letGo } = await held(bed);
    const old = workflow.run(1, { stream: true, client });
    await untilHeld(old);
    const runId = await old.runId;
    const reader = old[Symbol.asyncIterator]();
    await reader.next();
    const anew = workflow.run(2, { stream: true, runId, onExisting: 'restart', client });
    expect((await untilHeld(anew))[0]).toMatchObject({ input: 2 });
    letGo();
    expect(lines(await read(anew)).at(-1)).toBe('WorkflowCompleted');
    expect(lines(await read(reader)).at(-1)).toBe('WorkflowCancelled');
  });
});

describe('streamRun', () => {
  test('gives from any offset what a reader from the beginning gets, without a worker', async () => {
    const bed = await testBed();
    const { client } = bed;
    const workflow = new Workflow({
      name: 'Late',
      steps: [() => 1, new Parallel({ name: 'P', steps: [() => 'x', () => 'y', () => 'z'] })],
    });
    const worker = await bed.worker([workflow]);
    const stream = workflow.run(null, { stream: true, client });
    const live = await read(stream);
    await worker.close();
    const runId = await stream.runId;
    expect(await read(client.streamRun(runId))).toEqual(live);
    for (const from of [1, 5, live.length - 1]) {
      expect(await read(workflow.streamRun(runId, { from, client }))).toEqual(live.slice(from));
    }
    expect(await read(client.streamRun(runId, { from: live.length }))).toEqual([]);
    expect(await read(client.streamRun(runId, { from: 1_000 }))).toEqual([]);
  });

  test('gives the same to readers of one client and of another, whenever they come', async () => {
    const bed = await sharedBed();
    const { workflow, letGo } = await held(bed);
    const stream = workflow.run(null, { stream: true, client: bed.client });
    const runId = await stream.runId;
    await using other = await connect({ address: bed.address });
    const early = [read(stream), read(stream), read(bed.client.streamRun(runId, { from: 2 }))];
    await untilHeld(other.streamRun(runId));
    const late = [read(bed.client.streamRun(runId)), read(other.streamRun(runId))];
    letGo();
    const [one = [], two, fromTwo] = await Promise.all(early);
    expect(lines(one)).toEqual([...UNTIL_HELD, 'StepCompleted second', 'WorkflowCompleted']);
    expect(two).toEqual(one);
    expect(fromTwo).toEqual(one.slice(2));
    expect(await Promise.all(late)).toEqual([one, one]);
  });

  test('waits for an offset that the run has yet to come to', async () => {
    const bed = await sharedBed();
    const { workflow, letGo } = await held(bed);
    const { runId } = await workflow.run(null, { background: true, client: bed.client });
    const rest = read(bed.client.streamRun(runId, { from: 5 }));
    await untilHeld(bed.client.streamRun(runId));
    letGo();
    expect(lines(await rest)).toEqual(['WorkflowCompleted']);
  });

  test('of a run that was cancelled before a worker took it tells just that', async () => {
    const { client } = await testBed();
    const workflow = new Workflow({ name: 'Untaken', steps: [() => 1] });
    const run = await workflow.run(null, { background: true, client });
    const reading = read(client.streamRun(run.runId));
    await run.cancel();
    expect(await reading).toMatchObject([
      { event: 'WorkflowCancelled', offset: 0, workflowId: 'untaken', runId: run.runId },
    ]);
  });

  test('of a run that is not there, or of another workflow, throws when it is read', async () => {
    const { client } = await testBed();
    const workflow = new Workflow({ name: 'W', steps: [() => 1] });
    const stream = client.streamRun('nowhere');
    await expect(read(stream)).rejects.toThrow(RunNotFoundError);
    await expect(stream.runId).rejects.toThrow('There is no run nowhere.');
    const other = await new Workflow({ name: 'O', steps: [() => 1] }).run(null, {
      background: true,
      client,
    });
    await expect(read(workflow.streamRun(other.runId, { client }))).rejects.toThrow(
      `W has no run ${other.runId}.`,
    );
  });

  test.each([
    [{ from: -1 }, 'streamRun: `from` must be an integer from 0, got -1'],
    [{ from: 1.5 }, 'streamRun: `from` must be an integer from 0, got 1.5'],
    [{ since: 1 }, 'streamRun must have no option `since`'],
  ])('%o is refused', async (options, message) => {
    const { client } = await testBed();
    const workflow = new Workflow({ name: 'W', steps: [() => 1] });
    expect(() => client.streamRun('x', options as object)).toThrow(message);
    expect(() => workflow.streamRun('x', { ...options, client })).toThrow(message);
  });
});

describe('a reader', () => {
  test('that leaves by `break` leaves the run and the other readers alone', async () => {
    const bed = await sharedBed();
    const { workflow, letGo } = await held(bed);
    const stream = workflow.run(null, { stream: true, client: bed.client });
    const other = read(stream);
    await untilHeld(stream);
    letGo();
    expect((await stream.result()).status).toBe('completed');
    expect(lines(await other).at(-1)).toBe('WorkflowCompleted');
  });

  test('ends with its signal, for its reason; the others go on', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const { workflow, letGo } = await held(bed);
    const run = await workflow.run(null, { background: true, client });
    const stop = new AbortController();
    const reading = read(workflow.streamRun(run.runId, { signal: stop.signal, client }));
    const other = read(client.streamRun(run.runId));
    await untilHeld(client.streamRun(run.runId));
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(reading).rejects.toBe(reason);
    letGo();
    expect(lines(await other).at(-1)).toBe('WorkflowCompleted');
    expect((await finished(run)).status).toBe('completed');
  });

  test('shares one long poll with the others, which is given up when the last of them goes', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const { workflow, letGo } = await held(bed);
    const { runId } = await workflow.run(null, { background: true, client });
    const polls = pollsOf(client);
    const readers = Array.from({ length: 20 }, () => client.streamRun(runId, { from: 4 }));
    const iterators = readers.map((stream) => stream[Symbol.asyncIterator]());
    const waiting = iterators.map((reader) => reader.next());
    await untilHeld(client.streamRun(runId));
    await Promise.all(iterators.slice(1).map((reader) => reader.return()));
    expect(polls).toEqual({ underWay: 1, most: 1 });
    await iterators[0]?.return();
    expect(await Promise.all(waiting)).toEqual(readers.map(() => ({ done: true })));
    await expect.poll(() => polls.underWay).toBe(0);
    letGo();
  });

  test('that is the last one may go while it waits, and another one may come', async () => {
    const bed = await sharedBed();
    const { client } = bed;
    const { workflow, letGo } = await held(bed);
    const stream = workflow.run(null, { stream: true, client });
    await untilHeld(stream);
    const reader = client.streamRun(await stream.runId, { from: 4 })[Symbol.asyncIterator]();
    const waiting = reader.next();
    expect(await reader.return()).toEqual({ done: true, value: undefined });
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    letGo();
    expect(lines(await read(stream)).at(-1)).toBe('WorkflowCompleted');
  });
});
