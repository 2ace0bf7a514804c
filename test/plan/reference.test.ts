import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  activityType,
  callId,
  childReference,
  FIRST_PASS,
  lastName,
  readable,
  referenceOf,
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
      expect(referenceOf(callId(reference, FIRST_PASS))).toBe(reference);
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
