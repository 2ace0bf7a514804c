import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { OptionError, OutlastError } from '../plan/errors.js';
import { bundlePath } from '../worker/bundle-path.js';
import { useReadableLog } from '../worker/log.js';

/** What came of the replay of one history. */
export type ReplayResult =
  | { readonly runId: string; readonly file: string | null; readonly ok: true }
  | {
      readonly runId: string;
      readonly file: string | null;
      readonly ok: false;
      readonly reason: string;
    };

/** What was given to be replayed isn't a history. */
export class ReplayError extends OutlastError {
  readonly code = 'REPLAY_FAILED';
}

/**
 * Walks recorded runs again, with the version of outlast at hand and without a server: each has to ask for just what it
 * asked for when it was recorded. No step is called, and no definition is needed: a run goes by the plan in its history.
 *
 * @param source The path of a file with a history, or of a directory whose `*.json` files are taken; or a history as
 * text or as parsed JSON.
 * @throws OptionError, ReplayError for what isn't a history; a run that doesn't replay is a result with `ok: false`.
 */
export async function replay(source: string | object): Promise<ReplayResult[]> {
  const recorded = await recordedIn(source);
  useReadableLog();
  const histories = recorded.map(({ history, runId }) => ({ history, workflowId: runId }));
  const results: ReplayResult[] = [];
  const options = {
    workflowBundle: { codePath: bundlePath() },
    replayName: 'outlast-replay',
  };
  for await (const { error } of Worker.runReplayHistories(options, histories)) {
    const { runId, file } = recorded[results.length] ?? { runId: '', file: null };
    results.push(
      error === undefined
        ? { runId, file, ok: true }
        : { runId, file, ok: false, reason: error.message },
    );
  }
  return results;
}

interface Recorded {
  readonly runId: string;
  readonly file: string | null;
  readonly history: ReturnType<typeof historyFromJSON>;
}

async function recordedIn(source: string | object): Promise<Recorded[]> {
  if (typeof source !== 'string') {
    if (typeof source !== 'object' || (source as unknown) === null) {
      throw new OptionError({
        at: 'replay',
        must: 'be given a path, or a history as JSON',
        got: source,
      });
    }
    return [recordedOf(source, null)];
  }
  if (source.trimStart().startsWith('{')) return [recordedOf(parsed(source, null), null)];
  const files = await filesAt(source);
  return Promise.all(
    files.map(async (file) => recordedOf(parsed(await readFile(file, 'utf8'), file), file)),
  );
}

async function filesAt(place: string): Promise<string[]> {
  const there = await stat(place).catch(() => null);
  if (there === null) throw new ReplayError(`replay: there is no file or directory ${place}.`);
  if (!there.isDirectory()) return [place];
  const names = (await readdir(place)).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) throw new ReplayError(`replay: ${place} holds no *.json file.`);
  return names.map((name) => path.join(place, name));
}

function parsed(text: string, file: string | null): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ReplayError(`replay: ${file ?? 'the text'} isn't JSON: ${String(cause)}`, { cause });
  }
}

function recordedOf(json: unknown, file: string | null): Recorded {
  try {
    const history = historyFromJSON(json);
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    if (!started) throw new Error('its first event is not WorkflowExecutionStarted');
    return { history, file, runId: started.workflowId ?? '' };
  } catch (cause) {
    throw new ReplayError(
      `replay: ${file ?? 'what was given'} isn't a history as recordHistory or \`temporal workflow show --output json\` give it: ${String(cause)}`,
      { cause },
    );
  }
}
