import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../src/plan/json.js';
import { containerResult, NO_MEDIA, type StepResult } from '../../src/plan/output.js';
import { failedResult, resultOf } from '../../src/plan/result.js';
import { StepInput } from '../../src/plan/step-input.js';

test('outputs stand in the order of their last use, a name used again where it was used last', () => {
  const input = inputOf([step('a', 'A1'), step('b', 'B'), step('a', 'A2')]);
  expect([...input.previousStepOutputs].map(([name, { content }]) => [name, content])).toEqual([
    ['b', 'B'],
    ['a', 'A2'],
  ]);
});

test('of outputs of one name the latest is found', () => {
  expect(inputOf([step('a', 1), step('a', 2)]).getStepContent('a')).toBe(2);
});

test('an output inside containers is found by its own name', () => {
  const inner = containerResult('Inner', 'Steps', [step('deep', 1)], null);
  const outer = containerResult('Outer', 'Parallel', [inner, step('other', 2)], null);
  expect(inputOf([outer]).getStepOutput('deep')?.content).toBe(1);
});

test('a later output outside wins over an earlier one inside', () => {
  const container = containerResult('Group', 'Steps', [step('a', 1)], null);
  expect(inputOf([container, step('a', 2)]).getStepContent('a')).toBe(2);
});

test('a name that nothing visible has is undefined', () => {
  const input = inputOf([step('a', 1)]);
  expect([input.getStepOutput('b'), input.getStepContent('b')]).toEqual([undefined, undefined]);
});

test('content of a Parallel is its branches by name, without the empty ones', () => {
  const branches = [step('x', 1), step('y', ''), step('z', null), step('w', false)];
  const input = inputOf([containerResult('P', 'Parallel', branches, null)]);
  expect(input.getStepContent('P')).toEqual({ x: 1, w: false });
});

test('content of a Parallel of empty branches is undefined', () => {
  const input = inputOf([containerResult('P', 'Parallel', [step('x', '')], null)]);
  expect(input.getStepContent('P')).toBeUndefined();
});

test('a schema parses and types the content that is asked for', () => {
  const content: { n: number } = inputOf([step('a', { n: '1' })]).getStepContent(
    'a',
    z.object({ n: z.coerce.number() }),
  );
  expect(content).toEqual({ n: 1 });
});

test('a schema is asked about content that is missing too', () => {
  expect(() => inputOf([]).getStepContent('a', z.string())).toThrow('undefined');
});

test('all previous content is a section for each output that is not empty', () => {
  const outputs = [
    step('a', 'text'),
    step('b', ''),
    step('c', { n: 1 }),
    failedResult('d', 'e', true),
  ];
  expect(inputOf(outputs).getAllPreviousContent()).toBe(
    '=== a ===\ntext\n\n=== c ===\n{\n  "n": 1\n}',
  );
});

test.each<[input: Json, text: string | null]>([
  [null, null],
  ['text', 'text'],
  ['', ''],
  [0, '0'],
  [{ a: [1] }, '{\n  "a": [\n    1\n  ]\n}'],
])('the input %o is %o as text', (input, text) => {
  expect(new StepInput({ ...EMPTY, input }).getInputAsString()).toBe(text);
});

test('what an executor does to an output reaches neither the next look at it nor other calls', () => {
  const shared = step('a', { list: [1] });
  const input = inputOf([shared]);
  (input.getStepContent('a') as { list: number[] }).list.push(2);
  (input.previousStepOutputs.get('a')?.content as { list: number[] }).list.push(3);
  expect([input.getStepContent('a'), shared.content]).toEqual([{ list: [1] }, { list: [1] }]);
});

const EMPTY = {
  history: [],
  input: null,
  previousStepContent: null,
  additionalData: {},
  media: NO_MEDIA,
  outputs: [],
};

function inputOf(outputs: readonly StepResult[]): StepInput {
  return new StepInput({ ...EMPTY, outputs });
}

function step(name: string, content: Json): StepResult {
  return resultOf(name, { content });
}
