import { Worker } from '@temporalio/worker';
import { bundlePath } from '../worker/bundle-path.js';
import { useReadableLog } from '../worker/log.js';
import { recordedIn } from './recorded.js';

/** What came of the replay of one history. */
export type ReplayResult =
  | { readonly runId: string; readonly file: string | null; readonly ok: true }
  | {
      readonly runId: string;
      readonly file: string | null;
      readonly ok: false;
      readonly reason: string;
    };

/**
 * Walks recorded runs again, with the version of outlast at hand and without a server: each has to ask for just what it
 * asked for when it was recorded. No step is called, and no definition is needed: a run goes by the plan in its history.
 *
 * @param source The path of a file with a history, or of a directory whose `*.json` files are taken; or a history as
 * text or as parsed JSON.
 * @throws OptionError, ReplayError for what isn't a history; a run that doesn't replay is a result with `ok: false`.
 */
export async function replay(source: string | object): Promise<ReplayResult[]> {
  const recorded = await recordedIn(source, 'replay');
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
