import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseInput } from '../../src/definition/parse-input.js';
import type { Json } from '../../src/plan/json.js';

test('without a schema the input is what was given', async () => {
  expect(await parseInput({ inputSchema: null }, 'text')).toEqual({ ok: true, input: 'text' });
});

test.each<[what: string, schema: z.ZodType, given: Json, input: Json]>([
  ['what the schema makes of it', z.string().trim(), ' a ', 'a'],
  ['a text that the schema takes as it is', z.string(), '{"n":1}', '{"n":1}'],
  ['a text that it takes only as JSON', z.object({ n: z.number() }), '{"n":1}', { n: 1 }],
  ['a number in a text', z.number(), '7', 7],
  ['what a schema gives for an input left out', z.string().default('topic'), null, 'topic'],
  ['null, where an input may be left out', z.string().optional(), null, null],
  ['null, where that is what a schema accepts', z.string().nullable(), null, null],
  ['without properties that are undefined', z.object({ n: z.number().optional() }), {}, {}],
])('the input is %s', async (_, inputSchema, given, input) => {
  expect(await parseInput({ inputSchema }, given)).toStrictEqual({ ok: true, input });
});

test.each<[what: string, schema: z.ZodType, given: Json, faults: RegExp]>([
  [
    'the paths of faults',
    z.object({ a: z.object({ n: z.number() }) }),
    { a: { n: 'x' } },
    /^a\.n: /,
  ],
  ['every fault', z.object({ a: z.string(), b: z.string() }), {}, /^a: .*; b: /],
  ['the faults of the object that a text holds', z.object({ n: z.number() }), '{"n":"x"}', /^n: /],
  ['the fault of a text that holds none', z.object({ n: z.number() }), 'x', /expected object/],
  ['the fault of a text that is short, not of the number in it', z.string().min(3), '7', />=3/],
  ['an input left out', z.string(), null, /received undefined/],
  [
    'what JSON cannot carry',
    z.object({ at: z.coerce.date() }),
    { at: 0 },
    /^what the schema makes of it is no JSON: input\.at is a Date/,
  ],
])('a refusal names %s', async (_, inputSchema, given, faults) => {
  expect(await parseInput({ inputSchema }, given)).toEqual({
    ok: false,
    faults: expect.stringMatching(faults),
  });
});

test('a schema that fails itself refuses the input, and says why', async () => {
  const inputSchema = z.string().refine(() => {
    throw new TypeError('a fault of the schema');
  });
  expect(await parseInput({ inputSchema }, 'x')).toEqual({
    ok: false,
    faults: 'the schema itself fails: TypeError: a fault of the schema',
  });
});
