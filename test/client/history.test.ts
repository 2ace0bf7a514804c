import path from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { expect, onTestFinished, test } from 'vitest';
import { describe as look } from '../../src/client/describe.js';
import { HistoryCursor, type HistoryEvent } from '../../src/client/history.js';
import { executionsOf } from '../../src/client/read-run.js';
import type { Server } from '../../src/client/server.js';
import { testBed } from '../support/temporal.js';

test('a run that continues as new is read from its first execution to its last, while it goes on and afterwards', async () => {
  const { client, address, taskQueue } = await testBed();
  const { server } = client;
  const runId = `continuing-${taskQueue}`;
  const handle = await server.client.workflow.start('continuing', {
    workflowId: runId,
    taskQueue,
    args: [3],
  });
  const first = { runId, temporalRunId: handle.firstExecutionRunId };
  const live = all(new HistoryCursor(server, [first], 'all'));
  const close = all(new HistoryCursor(server, [first], 'close'));
  const again = all(new HistoryCursor(forgetful(server), [first], 'all'));
  const connection = await NativeConnection.connect({ address });
  const workflowsPath = path.join(import.meta.dirname, 'programs/continuing.mjs');
  const worker = await Worker.create({ connection, taskQueue, workflowsPath });
  onTestFinished(() => connection.close());
  await worker.runUntil(handle.result());

  const events = await live;
  const inputs = events.flatMap(
    ({ workflowExecutionStartedEventAttributes: started }) =>
      started?.input?.payloads?.map(({ data }) => String(Buffer.from(data ?? []))) ?? [],
  );
  expect(inputs).toEqual(['3', '2', '1', '0']);
  expect(events.at(-1)).toHaveProperty('workflowExecutionCompletedEventAttributes');
  expect(await close).toEqual(events.filter(isClose));
  expect(await again).toEqual(events);

  const description = await look(server, runId);
  const executions = await executionsOf(server, description!, {});
  expect(executions).toHaveLength(4);
  expect(executions[0]).toEqual(first);
  expect(await all(new HistoryCursor(server, executions, 'now'))).toEqual(events);
});

/** The same server, which each second time has lost where the reader was. */
function forgetful(server: Server): Server {
  const message =
    "Current and request branch tokens, or current and request versioned transitions, don't match.";
  const facts = { code: 3, details: message, metadata: {} };
  let asked = 0;
  const service = Object.create(server.service) as Server['service'];
  service.getWorkflowExecutionHistory = ((request: { nextPageToken?: Uint8Array }) => {
    const goesOn = request.nextPageToken !== undefined;
    if (goesOn && ++asked % 2 === 1) throw Object.assign(new Error(message), facts);
    return server.service.getWorkflowExecutionHistory(request);
  }) as Server['service']['getWorkflowExecutionHistory'];
  return Object.create(server, { service: { value: service } }) as Server;
}

function isClose(event: HistoryEvent): boolean {
  const { workflowExecutionContinuedAsNewEventAttributes: continued } = event;
  return Boolean(continued ?? event.workflowExecutionCompletedEventAttributes);
}

async function all(cursor: HistoryCursor): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  while (!cursor.ended) events.push(...(await cursor.next()));
  return events;
}
