import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defaultDataConverter } from '@temporalio/common';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, test } from 'vitest';
import type { HistoryEvent } from '../../src/client/history.js';
import { Recording } from '../../src/client/recording.js';

const CORPUS = path.resolve(import.meta.dirname, '../histories');

function historyOf(name: string, edit: (text: string) => string): readonly HistoryEvent[] {
  const json = JSON.parse(
    readFileSync(path.join(CORPUS, `${name}.json`), 'utf8'),
    (key, value: unknown) =>
      key === 'data' && typeof value === 'string'
        ? Buffer.from(edit(Buffer.from(value, 'base64').toString())).toString('base64')
        : value,
  ) as unknown;
  return historyFromJSON(json).events as readonly HistoryEvent[];
}

async function recorded(events: readonly HistoryEvent[]): Promise<Recording> {
  const recording = new Recording(loadDataConverter(defaultDataConverter));
  await recording.add(events);
  return recording;
}

async function read(events: readonly HistoryEvent[]) {
  return (await recorded(events)).view();
}

test('of a plan whose walk is newer than this client the results are told without their containers', async () => {
  const known = await read(historyOf('steps-nested', (text) => text));
  expect(known.stepResults.map(({ name }) => name)).toEqual(['Outer']);
  const newer = historyOf('steps-nested', (text) => text.replace('"walk":1', '"walk":2'));
  const { stepResults, close } = await read(newer);
  expect(stepResults.map(({ name, content }) => [name, content])).toEqual([
    ['a', 'a'],
    ['b', 'b'],
  ]);
  expect(close).toMatchObject({ status: 'completed', content: 'b' });
});

test('of a node that this client does not know as well', async () => {
  const newer = historyOf('steps-nested', (text) =>
    text.replace('"kind":"steps"', '"kind":"future"'),
  );
  const { stepResults } = await read(newer);
  expect(stepResults.map(({ name }) => name)).toEqual(['a', 'b']);
});

test.each([
  ['"walk":1', '"walk":2'],
  ['"kind":"steps"', '"kind":"future"'],
])('such a plan is known to be too new for telling its events: %s is %s', async (old, newer) => {
  const known = await recorded(historyOf('steps-nested', (text) => text));
  expect(known.isTooNew).toBe(false);
  const recording = await recorded(historyOf('steps-nested', (text) => text.replace(old, newer)));
  expect(recording.isTooNew).toBe(true);
});

test('what was under way when a run was terminated has no end of its own', async () => {
  const { events } = await recorded(historyOf('terminate', (text) => text));
  const ends = events.filter(({ event }) => /^Step(?:Completed|Error)$/.test(event));
  const starts = events.filter(({ event }) => event === 'StepStarted');
  expect(starts).toHaveLength(ends.length + 1);
  expect(events.at(-1)).toMatchObject({ event: 'WorkflowCancelled', offset: events.length - 1 });
});
