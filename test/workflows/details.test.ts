import { Client, Connection } from '@temporalio/client';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { compile } from '../../src/definition/compile.js';
import {
  Agent,
  Condition,
  ForEach,
  Loop,
  type Node,
  offline,
  Parallel,
  Router,
  Step,
  Steps,
  Workflow,
} from '../../src/index.js';
import { SEGMENT_EVENTS_OPTION } from '../../src/worker/create-worker.js';
import { Details } from '../../src/workflows/details.js';
import { runInMemory } from '../support/memory-host.js';
import { finished, testBed } from '../support/temporal.js';

test("the Web UI is shown a run's plan with what is done, running, waiting and failed", async () => {
  const bed = await testBed();
  let letGo: () => void = () => undefined;
  const free = new Promise<void>((resolve) => (letGo = resolve));
  const fails = (): never => {
    throw new Error('boom');
  };
  const workflow = new Workflow({
    name: 'W',
    maxRetries: 0,
    steps: [
      new Step({ name: 'first_one', executor: () => 1 }),
      new Parallel({
        name: 'Both',
        steps: [
          new Step({ name: 'held', executor: () => free }),
          new Steps({ name: 'Group', steps: [new Step({ name: 'bad', executor: fails })] }),
        ],
      }),
      new Step({ name: 'Report', agent: new Agent({ name: 'Writer', model: offline() }) }),
    ],
  });
  await bed.worker([workflow]);
  const run = await bed.client.run(workflow, 'the input', { background: true });
  const details = await detailsOf(bed.address, run.runId);

  const text = [
    '- first\\_one: done',
    '- Both / held: **running**',
    '- Both / Group / bad: **failed**',
    '- Report (Writer): waiting',
  ].join('\n');
  await expect.poll(details.current, { timeout: 10_000 }).toBe(text);
  expect(await details.summary()).toBe('the input');

  letGo();
  expect((await finished(run)).status).toBe('failed');
  expect(await details.current()).toMatch(/^\*\*The run is failed\.\*\*\n\n- first/);
});

describe('what is shown', () => {
  let text = '';
  const shown: string[] = [];
  const does = (name: string): Step => new Step({ name, executor: () => name });
  const looks = (name: string): Step =>
    new Step({
      name,
      executor: () => {
        shown.push(text);
      },
    });

  beforeEach(() => {
    shown.length = 0;
  });

  async function run(...steps: Node[]): Promise<void> {
    const workflow = new Workflow({ name: 'W', maxRetries: 0, steps });
    const details = new Details(compile(workflow).plan, (told) => (text = told));
    const { end } = await runInMemory(workflow, null, {
      onEvent: (event) => {
        details.update(event);
      },
    });
    details.end({ status: end.kind, content: null, error: null });
    shown.push(text);
  }

  test('of a loop is the iteration that it is at', async () => {
    const endCondition = () => shown.length === 2;
    await run(
      new Loop({
        name: 'Refine',
        steps: [looks('look'), does('do')],
        maxIterations: 5,
        endCondition,
      }),
      does('end'),
    );
    const during = (iteration: number): string[] => [
      `- Refine: **running**, iteration ${String(iteration)} of at most 5`,
      '- Refine / look: **running**',
      '- Refine / do: waiting',
      '- end: waiting',
    ];
    expect(shown.map((each) => each.split('\n'))).toEqual([
      during(1),
      during(2),
      [
        ...['**The run is completed.**', '', '- Refine: done after 2 iterations'],
        ...['- Refine / look: done', '- Refine / do: done', '- end: done'],
      ],
    ]);
  });

  test('of what was not chosen is that it is skipped', async () => {
    const choices = [does('a'), new Steps({ name: 'S', steps: [does('b')] }), does('c')];
    await run(
      new Condition({ evaluator: false, steps: [does('yes')], elseSteps: [looks('no')] }),
      new Router({ selector: () => ['c', 'a'], choices }),
      new Loop({ name: 'Never', steps: [does('d')], maxIterations: 0 }),
    );
    expect(shown[0]?.split('\n')).toEqual([
      ...['- Condition / yes: skipped', '- Condition / no: **running**'],
      ...['- Router / a: waiting', '- Router / S / b: waiting', '- Router / c: waiting'],
      ...['- Never: waiting', '- Never / d: waiting'],
    ]);
    expect(shown[1]?.split('\n').slice(2)).toEqual([
      ...['- Condition / yes: skipped', '- Condition / no: done'],
      ...['- Router / a: done', '- Router / S / b: skipped', '- Router / c: done'],
      ...['- Never: skipped', '- Never / d: skipped'],
    ]);
  });

  test('of a loop within a loop is the iteration of both', async () => {
    const inner = new Loop({ name: 'Inner', steps: [looks('look')], maxIterations: 2 });
    await run(new Loop({ name: 'Outer', steps: [does('do'), inner], maxIterations: 2 }));
    expect(shown[2]?.split('\n')).toEqual([
      '- Outer: **running**, iteration 2 of at most 2',
      '- Outer / do: done',
      '- Outer / Inner: **running**, iteration 1 of at most 2',
      '- Outer / Inner / look: **running**',
    ]);
  });

  test('of a ForEach is how many of its items are done, and how many failed', async () => {
    const items = () => Array.from({ length: 1_000 }, (_, index) => index);
    const odd = new Step({
      name: 'odd',
      onError: 'skip',
      executor: ({ previousStepContent: item }) => {
        if (Number(item) % 2 === 0) throw new Error('even');
        if (item === 501) shown.push(text);
      },
    });
    const each = new Steps({ name: 'Each', steps: [does('first'), looks('look')] });
    await run(
      new ForEach({ name: 'Odd', items, step: odd, maxConcurrency: 1 }),
      new ForEach({ name: 'None', items: () => [], step: does('nothing') }),
      new ForEach({ name: 'Pairs', items: () => [1, 2, 3], step: each, maxConcurrency: 1 }),
    );
    expect(shown[0]?.split('\n')[0]).toBe('- Odd: 250 of 1000 items done, **251 failed**');
    expect(shown[2]?.split('\n')).toEqual([
      '- Odd: 500 of 1000 items done, **500 failed**',
      '- None: skipped',
      '- Pairs: 1 of 3 items done',
      '- Pairs / Each / first: 2 done',
      '- Pairs / Each / look: 1 running, 1 done',
    ]);
  });

  test('of a ForEach in a loop is the iteration’s', async () => {
    const each = new Step({
      name: 'each',
      executor: ({ previousStepContent: item }) => {
        shown.push(text);
        if (item === 2 && shown.length < 3) throw new Error('boom');
      },
      onError: 'skip',
    });
    const forEach = new ForEach({ items: () => [1, 2], step: each, maxConcurrency: 1 });
    await run(new Loop({ steps: [forEach], maxIterations: 2 }));
    expect(shown.map((each) => each.split('\n').at(-1))).toEqual([
      '- Loop / ForEach: 0 of 2 items done',
      '- Loop / ForEach: 1 of 2 items done',
      '- Loop / ForEach: 0 of 2 items done',
      '- Loop / ForEach: 1 of 2 items done',
      '- Loop / ForEach: 2 of 2 items done',
    ]);
  });

  test('of a container whose step has failed is that it has, while others go on', async () => {
    const fails = new Step({
      name: 'bad',
      executor: () => {
        if (++tries === 2) throw new Error('boom');
      },
    });
    let tries = 0;
    const refine = new Loop({ name: 'Refine', steps: [fails, does('do')], maxIterations: 5 });
    const group = new Steps({ name: 'Group', steps: [refine, does('after')] });
    await run(
      new Parallel({ name: 'Both', maxConcurrency: 1, steps: [group, looks('look')] }),
      does('end'),
    );
    const lines = [
      ...['- Both / Group / Refine: **failed**, iteration 2 of at most 5'],
      ...['- Both / Group / Refine / bad: **failed**', '- Both / Group / Refine / do: not started'],
      '- Both / Group / after: not started',
    ];
    expect(shown.map((each) => each.split('\n'))).toEqual([
      [...lines, '- Both / look: **running**', '- end: waiting'],
      ['**The run is failed.**', '', ...lines, '- Both / look: done', '- end: not started'],
    ]);
  });

  test('of a plan of very many steps are the first ones', async () => {
    await run(...Array.from({ length: 300 }, (_, index) => does(`s${String(index)}`)));
    const lines = shown[0]!.split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([104, '…']);
  });
});

test('of a step that is a workflow the Web UI is shown its run, of calls which iteration and item they are', async () => {
  const bed = await testBed();
  const inner = new Workflow({ name: 'Inner', steps: [() => 1] });
  const workflow = new Workflow({
    name: 'W',
    steps: [
      inner,
      new Loop({
        maxIterations: 2,
        steps: [
          new ForEach({ items: () => ['x'], step: new Step({ name: 's', executor: () => 1 }) }),
        ],
      }),
    ],
  });
  await bed.worker([workflow]);
  const run = await bed.client.run(workflow, 'in');
  const details = await detailsOf(bed.address, run.runId);
  const runId = run.stepResults[0]!.runId!;
  expect(await details.current()).toContain(`- Inner: done, run ${runId}\n`);
  expect(await details.summaries()).toEqual(['iteration 1, item 1', 'iteration 2, item 1']);
});

test('of a run that went on in another execution the Web UI is shown what the earlier ones came to', async () => {
  const does = (name: string): Step => new Step({ name, executor: () => name });
  const bad = new Step({
    name: 'bad',
    executor: () => {
      throw new Error('boom');
    },
    onError: 'skip',
  });
  const held: (() => void)[] = [];
  const holds = new Step({
    name: 'held',
    executor: () => new Promise<void>((go) => held.push(go)),
  });
  const items = () => [1, 2, 3, 4];
  const pair = new Steps({ name: 'Pair', steps: [does('first'), does('second')] });
  const isHeld = new Step({
    name: 'last',
    executor: ({ previousStepContent: item }) =>
      item === 4 ? new Promise<void>((go) => held.push(go)) : 1,
  });
  const workflow = new Workflow({
    name: 'Long',
    maxRetries: 0,
    steps: [
      does('a'),
      bad,
      new Parallel({
        name: 'Both',
        steps: [does('p'), new Steps({ name: 'G', steps: [does('q')] })],
      }),
      new Condition({
        name: 'If',
        evaluator: () => false,
        steps: [does('yes')],
        elseSteps: [does('no')],
      }),
      new Router({ name: 'Route', selector: () => ['r'], choices: [does('r'), does('s')] }),
      new Loop({ name: 'Twice', steps: [does('l')], maxIterations: 2 }),
      new ForEach({ name: 'Pairs', items, step: pair, maxConcurrency: 1 }),
      new ForEach({ name: 'Some', items, step: isHeld, maxConcurrency: 1 }),
      holds,
      does('end'),
    ],
  });
  const shown = async (options: object): Promise<string> => {
    const before = held.length;
    const own = await testBed();
    await own.worker([workflow], options);
    const run = await own.client.run(workflow, null, { background: true });
    const details = await detailsOf(own.address, run.runId);
    await expect.poll(() => held.length, { timeout: 20_000 }).toBe(before + 1);
    const texts = [await details.current()];
    held.at(-1)?.();
    await expect.poll(() => held.length, { timeout: 20_000 }).toBe(before + 2);
    texts.push(await details.current());
    held.at(-1)?.();
    expect((await finished(run)).status).toBe('completed');
    return texts.join('\n\n');
  };
  // How many iterations a loop had that is over is forgotten with it.
  const whole = (await shown({})).replace(/done after \d iterations/g, 'done');
  const parts = await shown({ [SEGMENT_EVENTS_OPTION]: 10 });
  expect(parts.replace(/done after \d iterations/g, 'done')).toBe(whole);
  expect(whole).toContain('- Some: 3 of 4 items done');
});

/** As the Web UI asks for them. */
async function detailsOf(
  address: string,
  runId: string,
): Promise<{
  current: () => Promise<string>;
  summary: () => Promise<string | undefined>;
  /** Of activities. */
  summaries: () => Promise<unknown[]>;
}> {
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  const handle = new Client({ connection }).workflow.getHandle(runId);
  return {
    summary: async () => (await handle.describe()).staticSummary(),
    summaries: async () => {
      const { events } = await handle.fetchHistory();
      const summaries = (events ?? [])
        .filter((event) => event.activityTaskScheduledEventAttributes)
        .flatMap(({ userMetadata }) => userMetadata?.summary?.data ?? []);
      return summaries.map((data) => JSON.parse(Buffer.from(data).toString()) as unknown);
    },
    current: async () => {
      const metadata = await handle.query<{ currentDetails: string }>(
        '__temporal_workflow_metadata',
      );
      return metadata.currentDetails;
    },
  };
}
