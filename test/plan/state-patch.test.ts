import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/plan/json.js';
import { apply, diff, join, type StatePatch } from '../../src/plan/state-patch.js';

/** States whose keys and values meet often, so that changes do too; `__proto__` is a key like others. */
const { state: states } = fc.letrec<{ value: unknown; state: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, 1, 'a', ''),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('state'),
  ),
  state: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), tie('value'), {
    maxKeys: 3,
  }) as fc.Arbitrary<JsonObject>,
}));

test('a difference leads from the one state to the other', () => {
  fc.assert(
    fc.property(states, states, (before, after) => {
      expect(apply(before, diff(before, after) ?? {})).toEqual(after);
    }),
  );
});

test('nothing changed is no difference', () => {
  fc.assert(
    fc.property(states, (state) => {
      expect(diff(state, structuredClone(state))).toBeNull();
    }),
  );
});

test('neither a difference nor its application changes what it was given', () => {
  fc.assert(
    fc.property(states, states, (before, after) => {
      const copies = structuredClone([before, after]);
      apply(before, diff(before, after) ?? {});
      expect([before, after]).toEqual(copies);
    }),
  );
});

test('one branch alone is joined as if there had been no fork', () => {
  fc.assert(
    fc.property(states, states, (fork, branch) => {
      expect(joined(fork, branch)).toEqual(branch);
    }),
  );
});

test('branches that touch different keys are all kept', () => {
  fc.assert(
    fc.property(states, states, states, (fork, one, other) => {
      const ones = { fork, own: one };
      const others = { fork, theirs: other };
      expect(joined({ fork }, ones, others)).toEqual({ fork, own: one, theirs: other });
    }),
  );
});

test.each<[rule: string, fork: JsonObject, branches: JsonObject[], joined: JsonObject]>([
  [
    'items that branches append are kept, in the order of the branches',
    { list: [0] },
    [{ list: [0, 1] }, { list: [0, 2] }],
    { list: [0, 1, 2] },
  ],
  [
    'a list that branches create counts as grown from an empty one',
    {},
    [{ list: [1] }, { list: [2] }],
    { list: [1, 2] },
  ],
  [
    'an object that branches create counts as grown from an empty one',
    {},
    [{ by: { one: 1 } }, { by: { two: 2 } }],
    { by: { one: 1, two: 2 } },
  ],
  ['of one key the later branch wins', { n: 0 }, [{ n: 1 }, { n: 2 }], { n: 2 }],
  [
    'a branch that leaves a key alone does not win',
    { n: 0, m: 0 },
    [
      { n: 1, m: 0 },
      { n: 0, m: 1 },
    ],
    { n: 1, m: 1 },
  ],
  ['a list that a branch rewrites is its own', { list: [1, 2] }, [{ list: [2] }], { list: [2] }],
  [
    'a list that the later branch rewrites is its own',
    { list: [1] },
    [{ list: [1, 2] }, { list: [] }],
    { list: [] },
  ],
  ['a key that a branch deletes is deleted', { n: 0 }, [{}, { n: 0 }], {}],
  ['a deletion gives way to an earlier change', { n: 0 }, [{ n: 1 }, {}], { n: 1 }],
  ['a deletion gives way to a later change', { n: 0 }, [{}, { n: 1 }], { n: 1 }],
  [
    'a deletion inside an object gives way to a change as well',
    { by: { n: 0, m: 0 } },
    [{ by: { m: 0 } }, { by: { n: 1, m: 0 } }],
    { by: { n: 1, m: 0 } },
  ],
  [
    'where the kinds differ the later branch wins',
    { at: {} },
    [{ at: { n: 1 } }, { at: [1] }, { at: 'text' }],
    { at: 'text' },
  ],
  [
    'an object after a list of another branch wins with what it was at the fork',
    { at: { n: 1 } },
    [{ at: [1] }, { at: { n: 1, m: 2 } }],
    { at: { n: 1, m: 2 } },
  ],
])('%s', (_, fork, branches, result) => {
  expect(joined(fork, ...branches)).toEqual(result);
});

function joined(fork: JsonObject, ...branches: JsonObject[]): JsonObject {
  const patches = branches
    .map((branch) => diff(fork, branch))
    .filter((patch): patch is StatePatch => patch !== null);
  return join(fork, patches);
}
