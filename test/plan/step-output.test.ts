import { expect, test } from 'vitest';
import { StepOutput } from '../../src/plan/step-output.js';

test('an output says nothing beside its content unless told to', () => {
  expect(new StepOutput({ content: 1 })).toMatchObject({
    ...{ content: 1, success: true, stop: false, error: null },
    ...{ images: [], videos: [], audio: [], files: [] },
  });
});

test('an address alone is a medium', () => {
  expect(new StepOutput({ images: ['https://a.b/c.png'] }).images).toEqual([
    { url: 'https://a.b/c.png' },
  ]);
});

test('bytes become base64 beside their type', () => {
  const data = new TextEncoder().encode('hi');
  expect(new StepOutput({ files: [{ data, mimeType: 'text/plain', name: 'n' }] }).files).toEqual([
    { data: 'aGk=', mimeType: 'text/plain', name: 'n' },
  ]);
});

test('an output of another copy of the package is one, an object of its shape is not', () => {
  const shape: object = Object.assign({}, new StepOutput());
  const foreign = { content: 1, [Symbol.for('outlast.StepOutput')]: true };
  expect([foreign, shape, null, 'x'].map((value) => StepOutput.is(value))).toEqual([
    ...[true, false, false, false],
  ]);
});

test.each<[options: object, message: string]>([
  [{ contents: 1 }, 'StepOutput must have no option `contents`: the options are content, success,'],
  [{ success: 'no' }, 'StepOutput: `success` must be a boolean, got "no"'],
  [{ stop: 1 }, 'StepOutput: `stop` must be a boolean, got 1'],
  [{ error: new Error('x') }, 'StepOutput: `error` must be a string, got an Error'],
  [{ images: 'a.png' }, 'StepOutput: `images` must be a list, got "a.png"'],
  [{ images: [{ url: new URL('http://a.b') }] }, 'StepOutput: `images[0]` must be an address'],
  [
    { files: ['a', { data: 'aGk=' }] },
    'StepOutput: `files[1]` must be an address, or an object with `url`, or with `data` and `mimeType`, got an object with the keys data',
  ],
])('%o is refused: %s', (options, message) => {
  expect(() => new StepOutput(options)).toThrow(message);
});
