import { describe, expect, test } from 'vitest';
import { compile } from '../../src/definition/compile.js';
import type { Node } from '../../src/definition/container.js';
import { Parallel } from '../../src/definition/parallel.js';
import { Step } from '../../src/definition/step.js';
import { Steps } from '../../src/definition/steps.js';
import { WorkflowDefinition } from '../../src/definition/workflow.js';
import type { CallResult } from '../../src/plan/contract.js';
import type { StepResult } from '../../src/plan/output.js';
import type { PlanNode } from '../../src/plan/plan.js';
import type { Call, Host, Outcome, Request, StepRequest } from '../../src/walk/host.js';
import { NewerPlanError } from '../../src/walk/execute.js';
import { walk, type WalkEnd, type Walking } from '../../src/walk/walk.js';

describe('steps in order', () => {
  test('each sees what flowed out of the one before, and the last one’s content is the run’s', async () => {
    const run = new Scripted(['a', 'b']);
    run.gives('a', { content: 1 }).gives('b', { content: 2 });
    expect(await run.end()).toMatchObject({ kind: 'completed', content: 2 });
    expect(run.flowInto('b')).toBe(1);
  });

  test('a step that stops ends the run after it, from any depth', async () => {
    const run = new Scripted([new Parallel({ steps: [group('G', 'a', 'b')] }), 'c']);
    run.gives('a', { content: 1, stop: true });
    expect(await run.end()).toMatchObject({ kind: 'completed', content: 1 });
    expect(run.asked).toEqual(['a']);
    expect(run.walking.results()[0]).toMatchObject({ name: 'Parallel', stop: true, success: true });
  });

  test('a failed step ends the run, and what it failed of stands in each container around it', async () => {
    const run = new Scripted([group('G', 'a', 'b'), 'c']);
    run.gives('a', { content: 1 }).fails('b', 'boom');
    expect(await run.end()).toMatchObject({
      kind: 'failed',
      error: { message: 'boom', code: 'STEP_FAILED', step: 'G/b', type: 'Error', attempts: 4 },
    });
    const [g] = run.walking.results();
    expect([g!, ...g!.steps].map(({ name, content, error }) => [name, content, error])).toEqual([
      ['G', null, 'boom'],
      ['a', 1, null],
      ['b', null, 'boom'],
    ]);
    expect(run.asked).toEqual(['a', 'b']);
  });

  test('a step that is skipped on failure lets the content before it flow on', async () => {
    const run = new Scripted(['a', optional('b'), 'c']);
    run.gives('a', { content: 1 }).fails('b', 'boom').gives('c', { content: 2 });
    expect(await run.end()).toMatchObject({ kind: 'completed', content: 2 });
    expect(run.flowInto('c')).toBe(1);
  });

  test('a group of which all was skipped is skipped, with what failed in it', async () => {
    const run = new Scripted(['a', new Steps({ name: 'G', steps: [optional('b')] })]);
    run.gives('a', { content: 1 }).fails('b', 'boom');
    expect(await run.end()).toMatchObject({ kind: 'completed', content: 1 });
    expect(run.walking.results()[1]).toMatchObject({
      skipped: true,
      success: false,
      content: null,
    });
  });

  test('a change of the state is seen by the steps after it', async () => {
    const run = new Scripted(['a', 'b']);
    run.gives('a', { state: { n: { set: 1 } } }).gives('b', {});
    expect(await run.end()).toMatchObject({ state: { value: { n: 1 } } });
    expect(run.stateOf('b')).toEqual({ n: 1 });
  });
});

describe('branches side by side', () => {
  test('all see what the node saw, and none its siblings', async () => {
    const run = new Scripted(['a', parallel('b', 'c')]);
    await run.gives('a', { content: 1, state: { n: { set: 1 } } }).settled();
    await run.gives('b', { content: 2, state: { n: { set: 2 } } }).settled();
    expect([run.flowInto('c'), run.namesSeenBy('c'), run.stateOf('c')]).toEqual([
      ...[1, ['a'], { n: 1 }],
    ]);
  });

  test('a step in a branch sees those before it in its branch', async () => {
    const run = new Scripted(['a', new Parallel({ steps: [group('G', 'b', 'c'), 'd'].map(node) })]);
    await run.gives('a', { content: 1 }).gives('d', { content: 9 }).settled();
    await run.gives('b', { content: 2 }).settled();
    expect([run.flowInto('c'), run.namesSeenBy('c')]).toEqual([2, ['a', 'b']]);
  });

  test.each([
    ['first', ['b', 'c']],
    ['last', ['c', 'b']],
  ])('content and state are the same where the first branch ends %s', async (_, order) => {
    const run = new Scripted([parallel('b', 'c')]);
    await run.settled();
    for (const name of order) {
      const state = { last: { set: name }, all: { append: [name] } };
      await run.gives(name, { content: name, state }).settled();
    }
    expect(await run.end()).toMatchObject({
      kind: 'completed',
      content: '=== b ===\nb\n\n=== c ===\nc',
      state: { value: { last: 'c', all: ['b', 'c'] } },
    });
  });

  test('every change that a branch made is joined, not its last alone', async () => {
    const run = new Scripted([new Parallel({ steps: [group('G', 'b', 'c'), node('d')] })]);
    run.gives('b', { state: { n: { set: 1 } } }).gives('c', { state: { m: { set: 2 } } });
    run.gives('d', { state: { k: { set: 3 } } });
    expect(await run.end()).toMatchObject({ state: { value: { n: 1, m: 2, k: 3 } } });
  });

  test('the others settle when one fails, and what they did to the state counts', async () => {
    const run = new Scripted([parallel('b', 'c')]);
    await run.fails('b', 'boom').settled();
    expect(run.ended).toBeNull();
    run.gives('c', { content: 1, state: { n: { set: 1 } } });
    expect(await run.end()).toMatchObject({ kind: 'failed', state: { value: { n: 1 } } });
  });

  test('the first failed branch of the definition names the error, whichever failed first', async () => {
    const run = new Scripted([parallel('b', 'c')]);
    await run.fails('c', 'late').settled();
    run.fails('b', 'early');
    expect(await run.end()).toMatchObject({ error: { message: 'early', step: 'Parallel/b' } });
  });

  test('a waiting branch begins when one has ended, in the order of the definition', async () => {
    const run = new Scripted([parallel('a', 'b', 'c', 'd', 2)]);
    await run.settled();
    expect(run.asked).toEqual(['a', 'b']);
    await run.gives('b', {}).settled();
    expect(run.asked).toEqual(['a', 'b', 'c']);
    await run.gives('a', {}).settled();
    expect(run.asked).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('a run that is being ended', () => {
  test('starts nothing further', async () => {
    const run = new Scripted(['a', 'b']);
    await run.settled();
    run.ending = true;
    run.gives('a', { content: 1 });
    expect(await run.end()).toMatchObject({ kind: 'cancelled' });
    expect([run.asked, run.walking.results().map(({ content }) => content)]).toEqual([['a'], [1]]);
  });

  test('is completed where its last step has completed', async () => {
    const run = new Scripted(['a']);
    await run.settled();
    run.ending = true;
    run.gives('a', { content: 1 });
    expect(await run.end()).toMatchObject({ kind: 'completed', content: 1 });
  });

  test('keeps the step that was under way as cancelled, and its containers too', async () => {
    const run = new Scripted([new Parallel({ name: 'P', steps: [group('G', 'a', 'b')] })]);
    await run.gives('a', { content: 1 }).settled();
    run.ending = true;
    run.cancels('b');
    expect(await run.end()).toMatchObject({ kind: 'cancelled' });
    const errors = (results: readonly StepResult[]): unknown[] =>
      results.map(({ name, error, steps }) => [name, error, ...errors(steps)]);
    expect(errors(run.walking.results())).toEqual([
      ['P', 'cancelled', ['G', 'cancelled', ['a', null], ['b', 'cancelled']]],
    ]);
  });

  test('leaves out what never began', async () => {
    const run = new Scripted([parallel('a', 'b', 1)]);
    await run.settled();
    run.ending = true;
    run.cancels('a');
    await run.end();
    expect(run.walking.results()[0]?.steps.map(({ name }) => name)).toEqual(['a']);
  });

  test('leaves out a call that the host never started', async () => {
    const run = new Scripted([group('G', 'a')]);
    run.starts = false;
    expect(await run.end()).toMatchObject({ kind: 'cancelled' });
    expect(run.walking.results()).toEqual([]);
  });
});

describe('what has come of a run so far', () => {
  test('is what has ended, in the order of the definition, in containers under way as well', async () => {
    const run = new Scripted(['a', new Parallel({ name: 'P', steps: ['b', 'c', 'd'].map(node) })]);
    await run.gives('a', { content: 1 }).gives('d', { content: 4 }).settled();
    await run.gives('b', { content: 2 }).settled();
    const [a, p] = run.walking.results();
    expect([a!.content, p!.steps.map(({ content }) => content)]).toEqual([1, [2, 4]]);
  });

  test('tells of a step under way where it is said what that means', async () => {
    const run = new Scripted(['a']);
    await run.settled();
    expect(run.walking.results()).toEqual([]);
    expect(run.walking.results('lost')).toMatchObject([
      { name: 'a', success: false, error: 'lost' },
    ]);
  });
});

test('a plan with a kind of node that this version lacks is not walked', async () => {
  const plan = compile(new WorkflowDefinition({ name: 'W', steps: [node('a')] })).plan;
  const odd = { ...plan.steps[0]!, kind: 'unheard-of' } as unknown as PlanNode;
  const { end } = walk({ ...plan, steps: [odd] }, {}, new Scripted(['a']));
  await expect(end).rejects.toThrow(NewerPlanError);
});

interface Deferred {
  readonly promise: Promise<Outcome>;
  readonly resolve: (outcome: Outcome) => void;
}

/** A run whose calls come out as the test says, when it says so. */
class Scripted implements Host {
  ending = false;
  /** Whether calls that are asked for begin. */
  starts = true;
  ended: WalkEnd | null = null;
  /** Names of the steps that were asked for, in that order. */
  readonly asked: string[] = [];
  readonly walking: Walking;
  readonly #requests = new Map<string, StepRequest>();
  readonly #outcomes = new Map<string, Deferred>();

  constructor(nodes: readonly (string | Node)[]) {
    const steps = nodes.map((item) => (typeof item === 'string' ? node(item) : item));
    this.walking = walk(compile(new WorkflowDefinition({ name: 'W', steps })).plan, {}, this);
    void this.walking.end.then((end) => (this.ended = end));
  }

  emit(): void {
    // The golden cases look at events.
  }

  call(request: Request): Call {
    if (request.kind !== 'step') throw new Error(`There is no ${request.kind} here.`);
    this.asked.push(request.node.name);
    this.#requests.set(request.node.name, request);
    return {
      started: Promise.resolve().then(() => this.starts),
      outcome: this.#outcome(request.node.name).promise,
    };
  }

  gives(name: string, result: CallResult): this {
    return this.#settle(name, { kind: 'result', result });
  }

  fails(name: string, message: string): this {
    const error = { message, code: 'STEP_FAILED', type: 'Error', attempts: 4 } as const;
    return this.#settle(name, { kind: 'failed', error });
  }

  cancels(name: string): this {
    return this.#settle(name, { kind: 'cancelled' });
  }

  /** When the walk has gone as far as it can. */
  async settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  end(): Promise<WalkEnd> {
    return this.walking.end;
  }

  flowInto(name: string): unknown {
    return this.#requests.get(name)!.sees.flow;
  }

  stateOf(name: string): unknown {
    return this.#requests.get(name)!.state.value;
  }

  namesSeenBy(name: string): string[] {
    return this.#requests
      .get(name)!
      .sees.outputs()
      .map(({ result }) => result.name);
  }

  #settle(name: string, outcome: Outcome): this {
    this.#outcome(name).resolve(outcome);
    return this;
  }

  #outcome(name: string): Deferred {
    const known = this.#outcomes.get(name);
    if (known !== undefined) return known;
    let resolve: Deferred['resolve'] = () => undefined;
    const promise = new Promise<Outcome>((done) => {
      resolve = done;
    });
    this.#outcomes.set(name, { promise, resolve });
    return { promise, resolve };
  }
}

function node(name: string): Step;
function node(item: string | Node): Node;
function node(item: string | Node): Node {
  return typeof item === 'string' ? new Step({ name: item, executor: () => null }) : item;
}

function optional(name: string): Step {
  return new Step({ name, executor: () => null, onError: 'skip' });
}

function group(name: string, ...names: string[]): Steps {
  return new Steps({ name, steps: names.map((child) => node(child)) });
}

/** A number at the end bounds how many run at once. */
function parallel(...given: (string | number)[]): Parallel {
  const names = given.filter((item) => typeof item === 'string');
  const bound = given.find((item) => typeof item === 'number');
  return new Parallel({
    steps: names.map((name) => node(name)),
    ...(bound !== undefined && { maxConcurrency: bound }),
  });
}
