import { expect, test } from 'vitest';
import { milliseconds } from '../../src/plan/duration.js';

test.each([
  [0, 0],
  [1_500, 1_500],
  ['250ms', 250],
  ['5 seconds', 5_000],
  ['1 second', 1_000],
  ['1.5h', 5_400_000],
  ['2 min', 120_000],
  ['3 minutes', 180_000],
  ['1 day', 86_400_000],
])('%o is %i milliseconds', (duration, ms) => {
  expect(milliseconds(duration)).toBe(ms);
});

test.each([
  [0.4, 0],
  ['1.0015s', 1_002],
])('%o is rounded to %i whole milliseconds, for Temporal counts no others', (duration, ms) => {
  expect(milliseconds(duration)).toBe(ms);
});

test.each([
  ...[-1, NaN, Infinity, null, undefined, true, {}],
  ...[
    '',
    '5',
    's',
    '-5 seconds',
    '5  seconds',
    '5 Seconds',
    '5 weeks',
    '1e3 ms',
    ' 5 s',
    '5 toString',
  ],
])('%o is no duration', (duration) => {
  expect(milliseconds(duration)).toBeNull();
});
