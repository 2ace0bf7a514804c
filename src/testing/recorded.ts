import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { OptionError, OutlastError } from '../plan/errors.js';

/** What was given to be replayed isn't a history. */
export class ReplayError extends OutlastError {
  readonly code = 'REPLAY_FAILED';
}

/** A history that was kept. */
export interface Recorded {
  readonly runId: string;
  readonly temporalRunId: string;
  /** `null` for what was given as text or JSON. */
  readonly file: string | null;
  readonly history: ReturnType<typeof historyFromJSON>;
}

/**
 * The histories in a file or a directory, or the one that was given itself.
 *
 * @param at Who asks, for messages.
 * @throws OptionError, ReplayError
 */
export async function recordedIn(source: string | object, at: string): Promise<Recorded[]> {
  if (typeof source !== 'string') {
    if (typeof source !== 'object' || (source as unknown) === null) {
      throw new OptionError({ at, must: 'be given a path, or a history as JSON', got: source });
    }
    return [recordedOf(source, null, at)];
  }
  if (source.trimStart().startsWith('{')) return [recordedOf(parsed(source, null, at), null, at)];
  const files = await filesAt(source, at);
  return Promise.all(
    files.map(async (file) => recordedOf(parsed(await readFile(file, 'utf8'), file, at), file, at)),
  );
}

async function filesAt(place: string, at: string): Promise<string[]> {
  const there = await stat(place).catch(() => null);
  if (there === null) throw new ReplayError(`${at}: there is no file or directory ${place}.`);
  if (!there.isDirectory()) return [place];
  const names = (await readdir(place)).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) throw new ReplayError(`${at}: ${place} holds no *.json file.`);
  return names.map((name) => path.join(place, name));
}

function parsed(text: string, file: string | null, at: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ReplayError(`${at}: ${file ?? 'the text'} isn't JSON: ${String(cause)}`, { cause });
  }
}

function recordedOf(json: unknown, file: string | null, at: string): Recorded {
  try {
    const history = historyFromJSON(json);
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    if (!started) throw new Error('its first event is not WorkflowExecutionStarted');
    const { workflowId, originalExecutionRunId } = started;
    const ids = { runId: workflowId ?? '', temporalRunId: originalExecutionRunId ?? '' };
    return { history, file, ...ids };
  } catch (cause) {
    throw new ReplayError(
      `${at}: ${file ?? 'what was given'} isn't a history as recordHistory or \`temporal workflow show --output json\` give it: ${String(cause)}`,
      { cause },
    );
  }
}
