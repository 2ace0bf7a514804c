import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  activityType,
  callId,
  childReference,
  NO_PASS,
  lastName,
  readable,
  referenceOf,
  toolId,
  toolOf,
  toolType,
  turnId,
  turnOf,
  turnType,
} from '../../src/plan/reference.js';

const names = fc.string({ minLength: 1, unit: fc.constantFrom('a', '/', '#', '%', '2', 'é') });
const ways = fc.array(fc.tuple(names, fc.integer({ min: 1, max: 3 })), {
  minLength: 1,
  maxLength: 3,
});

function referenceTo(
  way: readonly (readonly [string, number])[],
): ReturnType<typeof childReference> {
  const [first, ...rest] = way;
  return rest.reduce(
    (parent, [name, nth]) => childReference(parent, name, nth),
    childReference(null, first![0], first![1]),
  );
}

test('different nodes have different references', () => {
  fc.assert(
    fc.property(ways, ways, (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));
      expect(referenceTo(one)).not.toBe(referenceTo(other));
    }),
  );
});

test('a reference ends with the name of its node, whatever is in it', () => {
  fc.assert(
    fc.property(ways, (way) => {
      expect(lastName(referenceTo(way))).toBe(way.at(-1)![0]);
    }),
  );
});

test('a call names its node', () => {
  fc.assert(
    fc.property(ways, (way) => {
      const reference = referenceTo(way);
      expect(referenceOf(callId(reference, NO_PASS))).toBe(reference);
    }),
  );
});

test('the second sibling of a name is told apart by its number', () => {
  const research = childReference(null, 'Research', 1);
  expect(childReference(research, 'Web', 1)).toBe('Research/Web');
  expect(childReference(research, 'Web', 2)).toBe('Research/Web#2');
});

test('what separates names is encoded in them', () => {
  expect(childReference(null, 'A/B #2 100%', 1)).toBe('A%2FB %232 100%25');
});

test('a reference is read as names with slashes between', () => {
  expect(readable(childReference(childReference(null, '100%', 1), 'A/B', 2))).toBe('100% / A/B#2');
});

test('a workflow whose name has a slash shares no activity type with another', () => {
  const step = childReference(null, 'C', 1);
  const nested = childReference(childReference(null, 'B', 1), 'C', 1);
  expect(activityType('A/B', step)).not.toBe(activityType('A', nested));
});

describe('a call of an agent', () => {
  const numbers = fc.integer({ min: 1, max: 1_000 });

  test('names its node and its turn, whatever is in the names', () => {
    fc.assert(
      fc.property(ways, numbers, numbers, (way, turn, index) => {
        const reference = referenceTo(way);
        const ids = [turnId(reference, NO_PASS, turn), toolId(reference, NO_PASS, turn, index)];
        for (const call of ids) {
          expect(referenceOf(call)).toBe(reference);
          expect(turnOf(call)).toBe(turn);
        }
        expect(turnOf(callId(reference, NO_PASS))).toBeNull();
      }),
    );
  });

  test('names its tool, whatever is in the names, and a turn or a step names none', () => {
    fc.assert(
      fc.property(ways, names, names, numbers, (way, agent, tool, turn) => {
        const reference = referenceTo(way);
        const type = toolType(agent, tool);
        expect(toolOf(toolId(reference, NO_PASS, turn, 1), type)).toBe(tool);
        expect(toolOf(turnId(reference, NO_PASS, turn), turnType(agent))).toBeNull();
        expect(toolOf(callId(reference, NO_PASS), activityType(agent, reference))).toBeNull();
      }),
    );
  });

  test('is not mistaken for a step whose names look like one', () => {
    const call = childReference(childReference(childReference(null, 'x', 1), 'call', 1), '3.2', 1);
    expect(turnOf(callId(call, NO_PASS))).toBeNull();
    expect(toolOf(callId(call, NO_PASS), activityType('W', call))).toBeNull();
    expect(turnOf(turnId(call, NO_PASS, 7))).toBe(7);
  });

  test('has an id and types that Temporal shows like this', () => {
    const reference = childReference(childReference(null, 'A/B', 1), 'C#', 2);
    expect(turnId(reference, NO_PASS, 3)).toBe('A%2FB/C%23#2#1/turn/3');
    expect(toolId(reference, NO_PASS, 3, 2)).toBe('A%2FB/C%23#2#1/call/3.2');
    expect(turnType('a/b')).toBe('a%2Fb/turn');
    expect(toolType('a/b', 'f')).toBe('a%2Fb/tool/f');
  });
});
