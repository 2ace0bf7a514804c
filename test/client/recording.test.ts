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

async function read(events: readonly HistoryEvent[]) {
  const recording = new Recording(loadDataConverter(defaultDataConverter));
  await recording.add(events);
  return recording.view();
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
