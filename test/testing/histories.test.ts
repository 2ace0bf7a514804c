import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as elapsed } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { findTemporalCli } from '../../src/local/index.js';
import { RESERVED_PREFIX } from '../../src/plan/contract.js';
import {
  Condition,
  ForEach,
  Loop,
  Parallel,
  Router,
  Step,
  Steps,
  Workflow,
} from '../../src/index.js';
import { recordHistory, replay } from '../../src/testing/index.js';
import { testBed } from '../support/temporal.js';
import { scenarios } from './scenarios.js';

const CORPUS = path.resolve(import.meta.dirname, '../histories');

/** `npm run histories` sets it: the corpus is recorded anew. */
const isRecording = process.env['OUTLAST_RECORD_HISTORIES'] === '1';

describe('the history that is recorded of a run replays', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'outlast-recorded-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const recorded = new Map<string, string>();

  test.each(Object.entries(scenarios))('%s', { timeout: 90_000 }, async (name, scenario) => {
    const bed = await testBed();
    const { client } = bed;
    const { runId } = await scenario(bed);
    const history = await recordHistory(runId, { client });
    const file = path.join(folder, `${name}.json`);
    writeFileSync(file, history);
    recorded.set(file, runId);
    // Stack traces name the folder in which it was recorded, which is nobody's business.
    const shared = history.replaceAll(path.resolve(CORPUS, '../..'), '/outlast');
    if (isRecording) writeFileSync(path.join(CORPUS, `${name}.json`), shared);
    if (isRun(runId)) await client.cancelRun(runId, { force: true });
  });

  test('each of them', async () => {
    const results = await replay(folder);
    expect(new Map(results.map(({ file, ...result }) => [file, result]))).toEqual(
      new Map([...recorded].map(([file, runId]) => [file, { runId, ok: true }])),
    );
  });
});

describe('questions that are asked at once replay, whichever is answered first', () => {
  const inBranches = (items: number, selector: number, evaluator: number): Workflow => {
    const step = (name: string): Step => new Step({ name, executor: () => name });
    return new Workflow({
      name: 'Questions',
      steps: [
        new Parallel({
          steps: [
            new ForEach({
              items: async () => {
                await elapsed(items);
                return [1, 2, 3];
              },
              step: new Steps({ steps: [new Steps({ steps: [step('item')] })] }),
            }),
            new Router({
              selector: async () => {
                await elapsed(selector);
                return ['loop', 'other'];
              },
              choices: [
                new Loop({ name: 'loop', steps: [step('pass')], endCondition: () => false }),
                step('other'),
              ],
            }),
            new Condition({
              evaluator: async () => {
                await elapsed(evaluator);
                return true;
              },
              steps: [step('met')],
            }),
          ],
        }),
      ],
    });
  };

  test.each([
    [0, 0, 0],
    [0, 60, 120],
    [120, 60, 0],
    [60, 0, 120],
    [1_500, 0, 60],
  ])('after %s, %s and %s ms', async (...waits) => {
    const { client, complete } = await testBed();
    const { runId } = await complete(inBranches(...waits));
    const history = await recordHistory(runId, { client });
    expect(await replay(history)).toEqual([{ runId, file: null, ok: true }]);
  });
});

/** A session is none. */
function isRun(runId: string): boolean {
  return !runId.startsWith(RESERVED_PREFIX);
}

describe('every recorded history still replays', () => {
  test('all of them', async () => {
    const results = await replay(CORPUS);
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    expect(results.map(({ file }) => path.basename(file ?? '')).sort()).toEqual(
      Object.keys(scenarios)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });

  test('one that asks for something else does not', async () => {
    const text = readFileSync(path.join(CORPUS, 'steps-nested.json'), 'utf8');
    const [result] = await replay(text.replaceAll('Outer/a#1', 'Outer/other#1'));
    expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(/nondeterminism/i) });
  });
});

test('what is recorded is what the temporal CLI shows', async () => {
  const { client, complete, address } = await testBed();
  const run = await complete(new Workflow({ name: 'Shown', steps: [() => 'é'] }));
  const cli = await findTemporalCli();
  const show = ['workflow', 'show', '--output', 'json', '--workflow-id', run.runId];
  const { stdout } = await promisify(execFile)(cli.path, [...show, '--address', address]);
  expect(JSON.parse(await recordHistory(run.runId, { client }))).toEqual(JSON.parse(stdout));
});

describe('what cannot be replayed is said', () => {
  test.each([
    ['no/such/place', /there is no file or directory no\/such\/place/],
    ['{"events":', /the text isn't JSON/],
    ['{"events":[]}', /what was given isn't a history as recordHistory or `temporal workflow show/],
  ])('%s', async (source, message) => {
    await expect(replay(source)).rejects.toMatchObject({ code: 'REPLAY_FAILED' });
    await expect(replay(source)).rejects.toThrow(message);
  });

  test('an empty directory', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'outlast-histories-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    await expect(replay(folder)).rejects.toThrow(/holds no \*\.json file/);
  });

  test('an unknown run', async () => {
    const { client } = await testBed();
    await expect(recordHistory('nowhere', { client })).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
  });
});
