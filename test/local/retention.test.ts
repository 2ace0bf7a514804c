import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { randomUUID } from 'node:crypto';
import { afterAll, expect, inject, test } from 'vitest';
import { keepClosedRuns } from '../../src/local/retention.js';

const DAY = 24 * 60 * 60 * 1000;

const connection = Connection.lazy({ address: inject('temporal').address });
afterAll(() => connection.close());

test('a dev server keeps closed runs for 30 days', async () => {
  expect(await retentionOf('default')).toBe(30 * DAY);
});

test("the dev server's own retention of a day becomes 30 days", async () => {
  const namespace = await namespaceKeeping(DAY);
  await keepClosedRuns(connection, namespace);
  expect(await retentionOf(namespace)).toBe(30 * DAY);
});

test.each([2, 90])(
  'a retention of %i days, which somebody has set, is left alone',
  async (days) => {
    const namespace = await namespaceKeeping(days * DAY);
    await keepClosedRuns(connection, namespace);
    expect(await retentionOf(namespace)).toBe(days * DAY);
  },
);

async function namespaceKeeping(milliseconds: number): Promise<string> {
  const namespace = `retention-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs(milliseconds),
  });
  return namespace;
}

async function retentionOf(namespace: string): Promise<number> {
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  return tsToMs(config?.workflowExecutionRetentionTtl);
}
