import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  scriptedModel,
  type ScriptedHandler,
  type ScriptedModel,
} from '../../src/testing/index.js';
import { journal, workerProcess } from '../support/processes.js';
import { finished, testBed } from '../support/temporal.js';
import { MODEL_VARIABLE, researching } from './programs/agents.js';

const PROGRAM = path.join(import.meta.dirname, 'programs/agents.ts');

/** Three turns: two that look something up, and the answer. */
async function dialogue(handler: ScriptedHandler): Promise<ScriptedModel> {
  const model = await scriptedModel(handler);
  onTestFinished(() => model.close());
  vi.stubEnv(MODEL_VARIABLE, model.baseURL);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return model;
}

/** Which turn a request is, by what the model has answered so far. */
function turnOf(request: Parameters<ScriptedHandler>[0]): number {
  return request.messages.filter(({ role }) => role === 'assistant').length + 1;
}

test("a worker that is killed in the middle of an agent's third turn costs that turn alone", async () => {
  let thirds = 0;
  const model = await dialogue((request) => {
    const turn = turnOf(request);
    if (turn < 3) return { calls: [{ name: 'look', arguments: { topic: `topic ${turn}` } }] };
    thirds += 1;
    return { text: 'the answer', ...(thirds === 1 && { after: '1 minute' }) };
  });
  const bed = await testBed();
  const log = journal();
  const worker = await workerProcess(PROGRAM, bed, log);
  const run = await bed.client.run(researching, 'x', { background: true });
  await expect.poll(() => thirds, { timeout: 20_000 }).toBe(1);
  await worker.kill();
  await workerProcess(PROGRAM, bed, log);

  expect((await finished(run)).content).toBe('the answer');
  expect(model.requests.map(turnOf)).toEqual([1, 2, 3, 3]);
  expect(model.requests[3]?.messages).toEqual(model.requests[2]?.messages);
  expect(log.entries().map(({ text }) => text)).toEqual(['look topic 1', 'look topic 2', 'after']);
});

test('a worker that is killed in the middle of a tool call costs that call alone', async () => {
  const model = await dialogue((request) =>
    turnOf(request) === 1
      ? {
          calls: [
            { name: 'look', arguments: { topic: 'quick' } },
            { name: 'look', arguments: { topic: 'slow', hang: true } },
          ],
        }
      : 'the answer',
  );
  const bed = await testBed();
  const log = journal();
  const worker = await workerProcess(PROGRAM, bed, log);
  const run = await bed.client.run(researching, 'x', { background: true });
  await log.wrote('look slow');
  // The quick one has ended, and history holds it.
  await expect
    .poll(async () => (await run.refresh()).activeSteps.length, { timeout: 10_000 })
    .toBe(1);
  await worker.kill();
  await workerProcess(PROGRAM, bed, log);

  expect((await finished(run)).content).toBe('the answer');
  expect(model.requests.map(turnOf)).toEqual([1, 2]);
  const looks = log.entries().map(({ text }) => text);
  expect(looks.toSorted()).toEqual(['after', 'look quick', 'look slow', 'look slow']);
  expect(model.requests[1]?.messages.slice(-2).map(({ content }) => content)).toEqual([
    'all about quick',
    'all about slow',
  ]);
});
