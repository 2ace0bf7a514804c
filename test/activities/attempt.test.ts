import { ApplicationFailure } from '@temporalio/activity';
import { describe, expect, test, vi } from 'vitest';
import { AttemptRecord, delayAfter } from '../../src/activities/attempt.js';
import { StepTimeoutError } from '../../src/activities/fault.js';
import { ExpiredError } from '../../src/activities/resolve.js';
import { TooLargeError } from '../../src/activities/call-result.js';
import type { Tally } from '../../src/plan/contract.js';
import { NonRetryableError } from '../../src/plan/errors.js';
import type { Policy } from '../../src/plan/plan.js';
import { NotJsonError } from '../../src/plan/to-json.js';

const policy: Policy = {
  ...{ maxRetries: 2, initialInterval: 100, backoff: 3, maxInterval: 500, timeout: 1_000 },
};

describe('an attempt that its executor failed', () => {
  test('is followed by another while the policy has attempts left, after its wait', () => {
    const waits = [0, 1, 2].map((failed): unknown => {
      const failure = recordOf({ failed, passed: 0 }).failed('Draft', new Error('boom'), {
        policy,
      });
      return failure.nonRetryable === true ? 'none' : failure.nextRetryDelay;
    });
    expect(waits).toEqual([100, 300, 'none']);
  });

  test('tells the next attempt that one more has failed', () => {
    const heartbeat = vi.fn<(tally: Tally) => void>();
    recordOf({ failed: 0, passed: 4 }, heartbeat).failed('Draft', new Error('boom'), { policy });
    expect(heartbeat).toHaveBeenLastCalledWith({ failed: 1, passed: 4 });
  });

  test('costs no attempt where its worker was lost', () => {
    const record = recordOf({ failed: 0, passed: 0 }, undefined, 10);
    const failure = record.failed('Draft', new Error('boom'), { policy });
    expect([record.lost, failure.nextRetryDelay]).toEqual([9, 100]);
  });

  test.each<[what: string, error: unknown, code: string, message: string, type: string | null]>([
    ['an error in its own words', new TypeError('boom'), 'STEP_FAILED', 'boom', 'TypeError'],
    [
      'an error without words by its name',
      new RangeError(),
      'STEP_FAILED',
      'RangeError',
      'RangeError',
    ],
    ['a text', 'boom', 'STEP_FAILED', 'boom', null],
    ['an object', { a: 1 }, 'STEP_FAILED', '{"a":1}', null],
    ['nothing', undefined, 'STEP_FAILED', 'undefined', null],
    ['an object without a text', circular(), 'STEP_FAILED', 'something that has no text', null],
    [
      'a time-out with the step’s name',
      new StepTimeoutError(5),
      'STEP_TIMEOUT',
      'Draft: took longer than its timeout of 5 ms',
      'TimeoutError',
    ],
    [
      'what JSON can’t carry with the step’s name',
      new NotJsonError('content', 'a Date', null),
      'OUTPUT_NOT_JSON',
      "Draft: content is a Date, which JSON can't carry",
      'NotJsonError',
    ],
  ])('tells %s', (_, error, code, message, type) => {
    const failure = recordOf().failed('Draft', error, { policy });
    expect([failure.type, failure.message, failure.details]).toEqual([
      ...[code, message, [{ type, attempts: 1 }]],
    ]);
  });

  test.each<[error: Error]>([
    [new NonRetryableError('closed')],
    [Object.assign(new Error('of another copy of the package'), { code: 'NON_RETRYABLE' })],
    [ApplicationFailure.nonRetryable('closed')],
    [new NotJsonError('content', 'a Date', null)],
    [new TooLargeError('large')],
    [new ExpiredError('gone')],
  ])('is the last one by %s', (error) => {
    expect(recordOf().failed('Draft', error, { policy }).nonRetryable).toBe(true);
  });

  test.each<[error: Error]>([[new StepTimeoutError(5)], [ApplicationFailure.retryable('later')]])(
    'is followed by another after %s',
    (error) => {
      expect(recordOf().failed('Draft', error, { policy }).nonRetryable).not.toBe(true);
    },
  );

  test('tells no more than can be stored, and nothing that is no UTF-8', () => {
    const cut = `${'x'.repeat(3_999)}😀 and more`;
    const { message } = recordOf().failed('Draft', new Error(cut), { policy });
    expect(message).toBe(`${'x'.repeat(3_999)}\ufffd…`);
  });
});

describe('an attempt that doesn’t count', () => {
  test('leaves the attempts that do as they are', () => {
    const heartbeat = vi.fn<(tally: Tally) => void>();
    const failure = recordOf({ failed: 1, passed: 1 }, heartbeat).shutDown('Draft');
    expect(heartbeat).toHaveBeenLastCalledWith({ failed: 1, passed: 2 });
    expect([failure.type, failure.nonRetryable]).toEqual(['WORKER_SHUTDOWN', false]);
  });

  test('is one too many when twenty workers were lost before it', () => {
    const lostAfter = (attempt: number) =>
      recordOf({ failed: 1, passed: 1 }, undefined, attempt).lostTooOften('Draft');
    expect(lostAfter(23)).toBeNull();
    expect(lostAfter(24)).toMatchObject({ type: 'WORKER_LOST', details: [{ attempts: 1 }] });
  });
});

test.each([
  [1, 100],
  [2, 300],
  [3, 500],
  [1_000, 500],
])('after %i failed attempts the wait is %i ms', (failed, ms) => {
  expect(delayAfter(failed, policy)).toBe(ms);
});

test('waits are whole milliseconds', () => {
  expect(delayAfter(3, { ...policy, backoff: 1.11 })).toBe(123);
});

function recordOf(
  heartbeatDetails: Tally = { failed: 0, passed: 0 },
  heartbeat: (tally: Tally) => void = () => undefined,
  attempt: number = 1 + heartbeatDetails.failed + heartbeatDetails.passed,
): AttemptRecord {
  return new AttemptRecord({ info: { attempt, heartbeatDetails }, heartbeat });
}

function circular(): object {
  const object: { self?: object } = {};
  object.self = object;
  return object;
}
