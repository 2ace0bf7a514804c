import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect, type Outlast } from '../../src/client/index.js';
import { createWorker, type OutlastWorker } from '../../src/worker/index.js';
import { CACHE } from '../support/cache.js';
import { Trial } from '../support/golden.js';
import { goldenCases } from '../support/golden-cases.js';
import { reasonToSkip } from '../support/golden-needs.js';
import { OnServer } from '../support/golden-server.js';
// Silences what executors log of their failures.
import '../support/temporal.js';

const cases = goldenCases.map((golden) => ({
  ...golden,
  reason: reasonToSkip(golden, 'server'),
  golden,
}));
const covered = cases.filter(({ reason }) => reason === null);
const skipped = cases.filter(({ reason }) => reason !== null);

describe.concurrent('on the server', () => {
  const trials = new Map<string, Trial>();
  let client: Outlast;
  let worker: OutlastWorker;
  let running: Promise<void>;
  let passed = 0;

  beforeAll(async () => {
    const { address, uiUrl } = inject('temporal');
    const taskQueue = `test-${randomUUID()}`;
    for (const { golden } of covered) trials.set(golden.name, await Trial.prepare(golden));
    const workflows = [...trials.values()].flatMap(({ workflow }) =>
      workflow instanceof Error ? [] : [workflow],
    );
    client = await connect({ address, uiUrl, taskQueue });
    worker = await createWorker({ workflows, taskQueue, connection: { address }, ...CACHE });
    running = worker.run();
  });

  afterAll(async () => {
    console.log(`${passed} of ${goldenCases.length} golden cases passed.`);
    await worker.close();
    await running;
    await client.close();
    for (const trial of trials.values()) await trial[Symbol.asyncDispose]();
  });

  test.each(covered)('$name: $description', async ({ name }) => {
    expect(await trials.get(name)!.differences(new OnServer(client))).toEqual([]);
    passed += 1;
  });

  test('a run that nobody knows is none', async () => {
    expect(await client.getRun('nobody-knows-it')).toBeNull();
  });

  if (skipped.length > 0) test.skip.each(skipped)('$name: $reason', () => undefined);
});
