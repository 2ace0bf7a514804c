import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toJson } from '../../src/plan/to-json.js';

test('JSON comes out as it went in', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), (text) => {
      const value: unknown = JSON.parse(text);
      expect(JSON.stringify(toJson(value, 'content'))).toBe(JSON.stringify(value));
    }),
  );
});

test('what comes out shares nothing with what went in', () => {
  const list = [1];
  const json = toJson({ list }, 'content');
  list.push(2);
  expect(json).toEqual({ list: [1] });
});

test('a property that is undefined counts as absent', () => {
  expect(toJson({ a: undefined, b: 1 }, 'content')).toStrictEqual({ b: 1 });
});

test('-0 is 0, as it is after a way through JSON', () => {
  expect(toJson([-0], 'content')).toStrictEqual([0]);
});

test('objects without a prototype and of another realm are plain', () => {
  const foreign: unknown = runInContext('({ a: [1] })', createContext());
  const bare: unknown = Object.assign(Object.create(null) as object, { b: 1 });
  expect(JSON.stringify(toJson([foreign, bare], 'content'))).toBe('[{"a":[1]},{"b":1}]');
});

test('the same object may stand in two places', () => {
  const shared = { n: 1 };
  expect(toJson([shared, shared], 'content')).toEqual([{ n: 1 }, { n: 1 }]);
});

describe('what JSON would lose or change is refused, with its path', () => {
  const circular: unknown[] = [];
  circular.push({ circular });
  const deep = Array.from({ length: 501 }).reduce<unknown>((inner) => [inner], 1);

  test.each<[value: unknown, message: string]>([
    [undefined, 'content is undefined'],
    [NaN, 'content is NaN'],
    [[Infinity], 'content[0] is Infinity'],
    [[undefined], 'content[0] is undefined'],
    [[, 1], 'content[0] is a hole in an array (give null)'],
    [Object.assign([1], { total: 1 }), 'content.total is a property of an array'],
    [{ n: 1n }, 'content.n is a BigInt (give a string or a number)'],
    [{ 'a b': () => 1 }, 'content["a b"] is a function'],
    [{ toJSON: () => 1 }, 'content.toJSON is a function'],
    [{ [Symbol('key')]: 1 }, 'content[Symbol(key)] is a property under a symbol'],
    [{ at: new Date(0) }, 'content.at is a Date (give its toISOString())'],
    [new Map(), 'content is a Map (give Object.fromEntries of it)'],
    [new Set(), 'content is a Set (give a list of it)'],
    [[Promise.resolve()], 'content[0] is a Promise (await it)'],
    [new Uint8Array(1), 'content is bytes (give them in base64)'],
    [new URL('http://a.b'), 'content is an instance of the class URL'],
    [circular, 'content[0].circular is a circular reference'],
    [deep, 'is more than 500 levels deep'],
  ])('%o: %s', (value, message) => {
    expect(() => toJson(value, 'content')).toThrow(`${message}, which JSON can't carry`);
  });
});
