import { describe, expect, test } from 'vitest';
import { lineOf } from '../../src/worker/log.js';

const entry = (level: 'INFO' | 'WARN' | 'DEBUG', message: string, meta: object) => ({
  level,
  message,
  timestampNanos: 1_700_000_000_000_000_000n,
  meta: { ...meta },
});

describe('the log of a worker', () => {
  test('tells what went wrong with a step in a line, and where its function threw', () => {
    const cause = new TypeError('boom');
    cause.stack = [
      'TypeError: boom',
      '    at search (/app/steps/search.ts:7:9)',
      '    at runExecutor (/app/node_modules/outlast/dist/activities/run-step.js:1:1)',
    ].join('\n');
    const meta = {
      sdkComponent: 'worker',
      activityType: 'Research/search',
      workflowType: 'Research',
      workflowId: 'research-1',
      taskToken: 'x',
      attempt: 2,
      error: new Error('boom', { cause }),
    };
    expect(lineOf(entry('WARN', 'Activity failed', meta))).toBe(
      [
        '2023-11-14T22:13:20.000Z WARN Activity failed [Research/search, research-1, attempt 2] ',
        '    TypeError: boom',
        '    at search (/app/steps/search.ts:7:9)',
      ].join('\n'),
    );
  });

  test('has what executors log, with their facts', () => {
    const meta = { sdkComponent: 'activity', activityType: 'R/s', workflowId: 'r-1', hits: 3 };
    expect(lineOf(entry('INFO', 'searched', meta))).toBe(
      '2023-11-14T22:13:20.000Z INFO searched [R/s, r-1] {"hits":3}',
    );
  });

  test("has nothing of the SDK's own chatter", () => {
    expect(lineOf(entry('INFO', 'Worker state changed', { sdkComponent: 'worker' }))).toBeNull();
    expect(lineOf(entry('DEBUG', 'polling', { sdkComponent: 'core' }))).toBeNull();
    const late = entry('WARN', 'Task not found when completing', { sdkComponent: 'core' });
    expect(lineOf(late)).toBeNull();
    const beat = { sdkComponent: 'core', details: 'UnknownActivity' };
    expect(lineOf(entry('WARN', 'Activity heartbeat failed.', beat))).toBeNull();
  });
});
