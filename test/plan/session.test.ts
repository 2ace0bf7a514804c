import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/plan/json.js';
import {
  emptySession,
  fold,
  pastRuns,
  recorded,
  sessionWorkflowId,
  type SessionContents,
  type SessionSignal,
  type StoredRun,
} from '../../src/plan/session.js';
import { deletedBy, diff } from '../../src/plan/state-patch.js';

const AT = '2026-01-01T00:00:00.000Z';

function run(execution: string, facts: Partial<StoredRun> = {}): StoredRun {
  const times = { createdAt: AT, finishedAt: AT };
  const named = { runId: `run-${execution}`, execution, workflowName: 'w' };
  return { ...named, input: 'in', content: 'out', status: 'completed', ...times, ...facts };
}

/** What a run sends that found one state and leaves another. */
function store(
  execution: string,
  found: JsonObject | null,
  left: JsonObject,
  facts: Partial<StoredRun> = {},
): SessionSignal {
  const patch = diff(found ?? {}, left);
  const deleted = patch && deletedBy(patch, found ?? {});
  return {
    kind: 'store',
    at: AT,
    run: run(execution, facts),
    ...(found === null && { initial: {} }),
    ...(patch !== null && { patch }),
    ...(deleted !== null && { deleted }),
  };
}

function folded(signals: readonly SessionSignal[], from = emptySession(AT)): SessionContents {
  return signals.reduce(fold, from);
}

/** A session after JSON, as its workflow hands it to its next execution. */
function handedOn(contents: SessionContents): SessionContents {
  return JSON.parse(JSON.stringify(contents)) as SessionContents;
}

describe('runs that overlap', () => {
  const found = { log: ['first'], by: { a: 0 }, n: 0, gone: 1 };

  test('keep all different keys and appended items', () => {
    const { state, runs } = folded([
      store('0', null, found),
      store('1', found, { ...found, log: ['first', 'one'], by: { a: 0, one: 1 } }),
      store('2', found, { ...found, log: ['first', 'two'], by: { a: 0, two: 2 }, own: true }),
    ]);
    expect(state).toEqual({
      ...found,
      log: ['first', 'one', 'two'],
      by: { a: 0, one: 1, two: 2 },
      own: true,
    });
    expect(runs.map(({ execution }) => execution)).toEqual(['0', '1', '2']);
  });

  test('one key is that of the run that ends later', () => {
    const one = store('1', found, { ...found, n: 1 });
    const two = store('2', found, { ...found, n: 2 });
    expect(folded([store('0', null, found), one, two]).state).toMatchObject({ n: 2 });
    expect(folded([store('0', null, found), two, one]).state).toMatchObject({ n: 1 });
  });

  test('a deletion gives way to a change, whichever ends later', () => {
    const { gone: _gone, ...rest } = found;
    const deletes = store('1', found, { ...rest, by: {} });
    const changes = store('2', found, { ...found, gone: 2, by: { a: 5 } });
    for (const order of [[deletes, changes] as const, [changes, deletes] as const]) {
      const { state } = folded([store('0', null, found), ...order]);
      expect(state).toMatchObject({ gone: 2, by: { a: 5 } });
    }
    expect(folded([store('0', null, found), deletes]).state).toEqual({ ...rest, by: {} });
  });

  test('what they leave does not depend on their order, where each has its own key', () => {
    const keys = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 8 });
    const value = fc.jsonValue({ maxDepth: 2 });
    fc.assert(
      fc.property(
        keys.chain((names) =>
          fc.record({
            names: fc.constant(names),
            values: fc.array(value, { minLength: names.length, maxLength: names.length }),
            order: fc.shuffledSubarray(names, { minLength: names.length }),
          }),
        ),
        ({ names, values, order }) => {
          const base: JsonObject = { shared: { list: [] } };
          const signals = new Map(
            names.map((name, index) => {
              const own = JSON.parse(JSON.stringify(values[index])) as JsonObject;
              const left: JsonObject = { shared: { list: [index] } };
              Object.defineProperty(left, `own ${name}`, { value: own, enumerable: true });
              return [name, store(name, base, left)];
            }),
          );
          const inOrder = (list: readonly string[]): SessionContents =>
            folded([store('base', null, base), ...list.flatMap((name) => signals.get(name) ?? [])]);
          const one = inOrder(names).state ?? {};
          const other = inOrder(order).state ?? {};
          const sorted = ({ shared, ...own }: JsonObject): unknown => [
            ((shared as JsonObject)['list'] as number[]).toSorted((a, b) => a - b),
            own,
          ];
          expect(sorted(other)).toEqual(sorted(one));
        },
      ),
    );
  });
});

test('a session that goes on in another execution comes to the same', () => {
  const state = fc
    .dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.jsonValue({ maxDepth: 2 }))
    .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
  const id = fc.constantFrom('1', '2', '3', '4');
  const signal = fc.oneof(
    fc.tuple(id, fc.option(state), state).map(([name, found, left]) => store(name, found, left)),
    state.map((given): SessionSignal => ({ kind: 'update', at: AT, state: given })),
    state.map((given): SessionSignal => ({ kind: 'update', at: AT, state: given, replace: true })),
    fc.string().map((name): SessionSignal => ({ kind: 'rename', at: AT, name })),
    fc.anything().map((junk) => junk as SessionSignal),
  );
  fc.assert(
    fc.property(fc.array(signal), fc.nat(), (signals, place) => {
      const at = place % (signals.length + 1);
      const before = handedOn(folded(signals.slice(0, at)));
      expect(handedOn(folded(signals.slice(at), before))).toEqual(handedOn(folded(signals)));
    }),
  );
});

describe('what a session remembers', () => {
  test('of a run that is stored twice counts once, also when it is forgotten', () => {
    const once = folded([store('1', null, { list: [1] })]);
    expect(folded([store('1', null, { list: [1] })], once)).toBe(once);
    const many = Array.from({ length: 1_001 }, (_, index) => store(`m${String(index)}`, {}, {}));
    const later = folded(many, once);
    expect(later.runs).toHaveLength(1_000);
    expect(later.runs[0]?.execution).toBe('m1');
    expect(folded([store('1', null, { list: [1] }), store('m0', {}, { n: 1 })], later)).toBe(later);
  });

  test('of a run that was started anew is its last end', () => {
    const { runs, state } = folded([
      store('1', null, { n: 1 }, { runId: 'same' }),
      store('2', { n: 1 }, { n: 1 }),
      store('3', { n: 1 }, { n: 2 }, { runId: 'same', content: 'again' }),
    ]);
    expect(runs.map(({ execution }) => execution)).toEqual(['2', '3']);
    expect(state).toEqual({ n: 2 });
  });

  test('takes 1 MB in all', () => {
    const long = 'x'.repeat(4_000);
    const many = Array.from({ length: 300 }, (_, index) =>
      store(String(index), {}, {}, { input: long, content: long }),
    );
    const { runs } = folded(many);
    const bytes = JSON.stringify(runs).length;
    expect(bytes).toBeLessThanOrEqual(1_001_000);
    expect(bytes).toBeGreaterThan(980_000);
    expect(runs.at(-1)?.execution).toBe('299');
  });

  test('of a large value is the beginning of its text', () => {
    const { input, content, isCut } = recorded({ long: 'ä'.repeat(5_000) }, 'short');
    expect(input).toMatch(/^\{\n {2}"long": "ä+…$/u);
    expect(new TextEncoder().encode(input as string).length).toBeLessThan(4_100);
    expect({ content, isCut }).toEqual({ content: 'short', isCut: true });
    expect(recorded('x'.repeat(4_000), 0)).toEqual({ input: 'x'.repeat(4_000), content: 0 });
  });

  test('is not a state of more than 256 KB: the run that would make it so is marked', () => {
    const half = 'x'.repeat(150_000);
    const contents = folded([
      store('1', null, { a: half }),
      store('2', { a: half }, { a: half, b: half }),
      { kind: 'update', at: AT, state: { b: half } },
    ]);
    expect(contents.state).toEqual({ a: half });
    expect(contents.runs.map(({ isStateDropped }) => isStateDropped)).toEqual([undefined, true]);
  });
});

test('steps are told of completed runs, as text', () => {
  const contents = folded([
    store('1', null, {}, { input: { k: 'v' }, content: null }),
    store('2', {}, {}, { status: 'failed' }),
    store('3', {}, {}, { input: null, content: 3 }),
  ]);
  expect(pastRuns(contents, 10)).toEqual([
    ['{\n  "k": "v"\n}', ''],
    ['', '3'],
  ]);
  expect(pastRuns(contents, 1)).toEqual([['', '3']]);
  expect(pastRuns(contents, 0)).toEqual([]);
});

test('a session has a Workflow ID of its own, whatever its id', () => {
  expect(sessionWorkflowId('user 7/ä')).toBe('outlast-session/user 7/ä');
  expect(sessionWorkflowId('50%\n\ud800')).toBe('outlast-session/50%0025%000A%D800');
  expect(sessionWorkflowId('x'.repeat(1_000))).toBeNull();
});
