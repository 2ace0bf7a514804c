import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RecordedRun } from '../../src/activities/read-history.js';
import { ExpiredError, Resolver, type ReadRun, type Wanted } from '../../src/activities/resolve.js';
import { RunMemories, type OutputList, type Seen } from '../../src/activities/run-memory.js';
import { messagesOf } from '../../src/activities/conversation.js';
import { Agent } from '../../src/definition/agent.js';
import { offline } from '../../src/definition/model.js';
import { tool } from '../../src/definition/tool.js';
import { compile } from '../../src/definition/compile.js';
import type { Node } from '../../src/definition/container.js';
import { Parallel } from '../../src/definition/parallel.js';
import { Step } from '../../src/definition/step.js';
import { Steps } from '../../src/definition/steps.js';
import { WorkflowDefinition } from '../../src/definition/workflow.js';
import {
  ON_FINISH,
  type AnyCall,
  type CallResult,
  type StepCall,
} from '../../src/plan/contract.js';
import { isEmpty, textOf, type Json } from '../../src/plan/json.js';
import type { StepResult } from '../../src/plan/output.js';
import { callId, NO_PASS, type CallId } from '../../src/plan/reference.js';
import { promptOf, type Message, type ToolRequest } from '../../src/plan/model.js';
import type { Call, Host, Request, TurnRequest } from '../../src/walk/host.js';
import { walk } from '../../src/walk/walk.js';
import { encodeCall, type RunFacts } from '../../src/workflows/encode-call.js';
import { Encoder } from '../../src/workflows/encode.js';

const INPUT = 'the input, which is long: '.repeat(100);

const FACTS: RunFacts = {
  input: INPUT,
  additionalData: undefined,
  media: undefined,
  history: [],
  metadata: undefined,
  sessionId: undefined,
  userId: undefined,
  firstRun: undefined,
};

const POLICY = { maxRetries: 0, initialInterval: 1, backoff: 1, maxInterval: 1, timeout: 1 };

describe('what a call refers to', () => {
  const big = { content: 'big' };
  const first: StepCall = { input: { value: 1 }, policy: POLICY, state: { value: { n: 1 } } };
  const second: StepCall = {
    ...first,
    sees: { after: { call: id('first') }, outputs: [{ name: 'A', result: { call: id('first') } }] },
    state: { after: { call: id('first') }, patches: [{ result: { call: id('first') } }] },
  };

  test('is taken from what this process gave and was given, without a read', async () => {
    const resolver = new Resolver(new RunMemories(), unreadable);
    await resolver.resolve(place('first'), first);
    resolver.remember(place('first'), { ...big, state: { m: { set: 2 } } });
    const { seen } = await resolver.resolve(place('second'), second);
    expect(seen).toMatchObject({ flow: 'big', state: { n: 1, m: 2 } });
  });

  test('is else read, and only that', async () => {
    const { read, wanted } = reader({ results: { first: big }, calls: { first } });
    const resolver = new Resolver(new RunMemories(), read);
    await resolver.resolve(place('second'), second);
    expect(wanted).toEqual([{ start: false, calls: ['first'], results: ['first'] }]);
  });

  test('is read once for calls that need it at the same time', async () => {
    const { read, wanted } = reader({ results: { first: big }, calls: { first } });
    const resolver = new Resolver(new RunMemories(), read);
    await Promise.all(['x', 'y', 'z'].map((call) => resolver.resolve(place(call), second)));
    expect(wanted).toHaveLength(1);
  });

  test('is read again when a read has failed', async () => {
    const { read } = reader({ results: { first: big }, calls: { first } });
    let fails = true;
    const resolver = new Resolver(new RunMemories(), async (...given) => {
      if (fails) throw new Error('no server');
      return read(...given);
    });
    await expect(resolver.resolve(place('second'), second)).rejects.toThrow('no server');
    fails = false;
    await expect(resolver.resolve(place('second'), second)).resolves.toBeDefined();
  });

  test('is named where no history holds it any more', async () => {
    const resolver = new Resolver(new RunMemories(), reader({}).read);
    await expect(resolver.resolve(place('second'), second)).rejects.toThrow(
      new ExpiredError('The history no longer holds first.'),
    );
  });

  test('is of its own Temporal run', async () => {
    const resolver = new Resolver(new RunMemories(), reader({}).read);
    await resolver.resolve(place('first'), first);
    resolver.remember(place('first'), big);
    const elsewhere = { ...place('second'), temporalRunId: 'another', firstRun: 'another' };
    await expect(resolver.resolve(elsewhere, second)).rejects.toThrow(ExpiredError);
  });

  test('may be the run’s start', async () => {
    const start = {
      input: 'long',
      additionalData: { a: 1 },
      media: {},
      metadata: { m: 1 },
      history: [],
    };
    const resolver = new Resolver(new RunMemories(), reader({ start }).read);
    const call: StepCall = {
      ...first,
      input: { from: 'input' },
      additionalData: { from: 'additionalData' },
      metadata: { from: 'metadata' },
    };
    expect(await resolver.resolve(place('first'), call)).toMatchObject(start);
  });

  test('may be the metadata of the run’s start, of a tool’s call as well', async () => {
    const metadata = { m: 1 };
    const start = { input: null, additionalData: {}, media: {}, metadata, history: [] };
    const resolver = new Resolver(new RunMemories(), reader({ start }).read);
    const call: AnyCall = {
      request: { id: '1', name: 'look', arguments: '{}' },
      metadata: { from: 'metadata' },
      policy: POLICY,
      state: { value: {} },
    };
    expect(await resolver.resolve(place('A#1/call/1.1'), call)).toMatchObject({ metadata });
  });

  test('is read again after it was forgotten to make room', async () => {
    const { read, wanted } = reader({ results: { first: big }, calls: { first } });
    const resolver = new Resolver(new RunMemories(1), read);
    await resolver.resolve(place('second'), second);
    await resolver.resolve(
      { ...place('first'), temporalRunId: 'another', firstRun: 'another' },
      first,
    );
    await resolver.resolve(place('third'), second);
    expect(wanted).toHaveLength(2);
  });
});

test('whatever a run does, its calls are given what they see, also by a worker that knows nothing of it', async () => {
  const result = fc.record(
    {
      content: fc.oneof(fc.constantFrom<Json>('', 0, 'x'), fc.constant('long '.repeat(500))),
      state: fc.record({ key: fc.constantFrom('a', 'b'), long: fc.boolean() }),
    },
    { requiredKeys: ['content'] },
  );
  type Tree =
    | 'step'
    | 'fragile'
    | 'agent'
    | { readonly kind: 'steps' | 'parallel'; readonly nodes: readonly Tree[] };
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom<Tree>('step', 'fragile', 'agent'),
      fc.record({
        kind: fc.constantFrom('steps', 'parallel'),
        nodes: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
      }) as fc.Arbitrary<Tree>,
    ),
  }));
  const known = tool({ name: 'known', description: 'A tool.', execute: () => null });
  const agent = new Agent({ name: 'Agent', model: offline(), tools: [known], maxTurns: 4 });
  const nodeOf = (item: Tree): Node<Json> => {
    if (item === 'step') return new Step({ name: 'S', executor: () => null, onError: 'skip' });
    if (item === 'fragile') return new Step({ name: 'F', executor: () => null });
    if (item === 'agent') return new Step({ name: 'A', agent, onError: 'skip' });
    const steps = item.nodes.map(nodeOf);
    return item.kind === 'steps' ? new Steps({ steps }) : new Parallel({ steps });
  };

  await fc.assert(
    fc.asyncProperty(
      fc.array(tree, { minLength: 1, maxLength: 4 }),
      fc.array(fc.option(result), { minLength: 1, maxLength: 12 }),
      async (trees, results) => {
        const { plan } = compile(new WorkflowDefinition({ name: 'W', steps: trees.map(nodeOf) }));
        let calls = 0;
        const host = new Recorder(({ kind }) => {
          const next = results[calls++ % results.length] ?? null;
          const asks = kind === 'turn' &&
            calls % 3 > 0 && {
              calls: Array.from({ length: calls % 4 }, (_, index) => ({
                id: `${String(calls)}.${String(index)}`,
                name: index === 2 ? 'unknown' : 'known',
                arguments: 'x'.repeat(index * 3_000),
              })),
            };
          if (asks !== false) return { content: next?.content ?? 'hm', ...asks };
          if (next === null) return null;
          const { content, state } = next;
          const text = state?.long === true ? 'long '.repeat(500) : String(calls);
          return { content, ...(state && { state: { [state.key]: { set: text } } }) };
        });
        const { sees, state } = await walk(plan, { a: 'start' }, host).end;
        const finish = { sees, state, policy: 0, end: { status: 'failed', error: null } } as const;
        host.call({ kind: 'finish', call: callId(ON_FINISH, NO_PASS), ...finish });
        await host.checkAll();
      },
    ),
    { numRuns: 200 },
  );
});

/** A host that records what a history would, and compares what comes out of it with what the walk has in its hands. */
class Recorder implements Host {
  readonly ending = false;
  readonly #encoder = new Encoder();
  readonly #calls = new Map<CallId, AnyCall>();
  readonly #results = new Map<CallId, CallResult>();
  readonly #saw = new Map<CallId, object>();
  /** What each agent's turn is sent, and what each tool is asked. */
  readonly #sent = new Map<CallId, readonly Message[]>();
  readonly #asked = new Map<CallId, ToolRequest>();

  constructor(readonly next: (request: Request) => CallResult | null) {}

  emit(): void {
    // Events play no part here.
  }

  call(request: Request): Call {
    if (request.kind === 'workflow') throw new Error('There is none.');
    const { call, state } = request;
    const encoded = encodeCall(request, POLICY, FACTS, this.#encoder);
    encoded.recorded();
    this.#calls.set(call, recorded(encoded.call));
    if ('sees' in request) {
      const outputs = request.sees.outputs().map(({ result }) => result);
      this.#saw.set(call, unmeasured(recorded({ outputs, flow: request.sees.flow })));
    }
    if (request.kind !== 'turn')
      this.#saw.set(call, { ...this.#saw.get(call), state: state.value });
    if (request.kind === 'tool') this.#asked.set(call, recorded(request.request));
    if (request.kind === 'turn') this.#sent.set(call, recorded(this.#conversation(request)));
    const result = this.next(request);
    const message = 'boom '.repeat(this.#calls.size % 2 === 0 ? 1 : 500);
    const error = { message, code: 'STEP_FAILED', type: 'Error', attempts: 1 } as const;
    if (result !== null) this.#results.set(call, recorded(result));
    return {
      started: Promise.resolve(true),
      outcome: Promise.resolve(
        result === null ? { kind: 'failed', error } : { kind: 'result', result },
      ),
    };
  }

  async checkAll(): Promise<void> {
    const warm = new Resolver(new RunMemories(), onlyItsStart);
    for (const [call, stepCall] of this.#calls) {
      const cold = new Resolver(new RunMemories(), this.#read);
      for (const resolver of [warm, cold]) {
        const { seen, request } = await resolver.resolve(place(call), stepCall);
        expect(listed(seen)).toMatchObject(this.#saw.get(call) ?? {});
        expect(request).toEqual(this.#asked.get(call) ?? null);
        expect(messagesOf(seen.conversation)).toEqual(this.#sent.get(call) ?? []);
      }
      const result = this.#results.get(call);
      if (result !== undefined) warm.remember(place(call), result);
    }
  }

  /** By the values that the walk has in its hands, without references. */
  #conversation({ after, sees }: TurnRequest): Message[] {
    if (after === null)
      return [{ role: 'user', text: promptOf(isEmpty(sees.flow) ? INPUT : sees.flow) }];
    const { content, calls = [] } = this.#results.get(after.call) ?? {};
    const told = after.outcomes.map((end, index): Message => {
      const text =
        end.kind === 'result'
          ? textOf(end.result.content ?? null)
          : `Error: ${end.kind === 'failed' ? end.message : 'no teams here'}`;
      return {
        role: 'tool',
        request: calls[index]?.id ?? '',
        text: text === '' ? '(nothing)' : text,
      };
    });
    const before = this.#sent.get(after.call) ?? [];
    return [...before, { role: 'assistant', text: textOf(content ?? null), calls }, ...told];
  }

  /** All there is, newest first. */
  readonly #read: ReadRun = async () => ({
    results: this.#results,
    calls: new Map([...this.#calls].reverse()),
    start: { input: INPUT, additionalData: {}, media: {}, metadata: {}, history: [] },
  });
}

/** What agents took is told to who reads a run, not to its steps. */
function unmeasured<T>(value: T): T {
  const text = JSON.stringify(value, (key, each: unknown) =>
    key === 'metrics' ? undefined : each,
  );
  return JSON.parse(text) as T;
}

/** As it is after a way through Temporal. */
function recorded<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function listed({ outputs, flow, state }: Seen): {
  outputs: StepResult[];
  flow: Json;
  state: Json;
} {
  const list: StepResult[] = [];
  for (let at: OutputList | null = outputs; at !== null; at = at.before) list.unshift(at.last);
  return { outputs: list, flow, state };
}

function place(call: string) {
  return { runId: 'run', temporalRunId: 'temporal-run', firstRun: 'temporal-run', call: id(call) };
}

function id(call: string): CallId {
  return call as CallId;
}

/** A worker that saw all calls need not look back for them. */
const onlyItsStart: ReadRun = async (_, { calls, results }) => {
  expect([...calls, ...results]).toEqual([]);
  return {
    results: new Map(),
    calls: new Map(),
    start: { input: INPUT, additionalData: {}, media: {}, metadata: {}, history: [] },
  };
};

const unreadable: ReadRun = () => Promise.reject(new Error('nothing was to be read'));

/** A history that holds these, and notes what it was asked for. */
function reader(holds: {
  readonly results?: Record<string, CallResult>;
  readonly calls?: Record<string, StepCall>;
  readonly start?: RecordedRun['start'];
}): { read: ReadRun; wanted: Wanted[] } {
  const wanted: Wanted[] = [];
  const read: ReadRun = async (_, asked) => {
    wanted.push(asked);
    return {
      results: byCall(holds.results),
      calls: byCall(holds.calls),
      start: holds.start ?? null,
    };
  };
  return { read, wanted };
}

function byCall<T>(entries: Record<string, T> = {}): ReadonlyMap<CallId, T> {
  return new Map(Object.entries(entries).map(([call, value]) => [id(call), value]));
}
