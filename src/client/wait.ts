import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from './describe.js';
import { RunNotFoundError } from './errors.js';
import { HistoryCursor, isOfTheRun, orNull, type HistoryEvent } from './history.js';
import { Patience } from './patience.js';
import { executionsOf, factsOf, readClosed, readRun } from './read-run.js';
import { Recording } from './recording.js';
import type { RunFacts } from './run.js';
import type { Server } from './server.js';

export interface Waiting {
  readonly signal: AbortSignal;
  /** Given each state that differs from the one before. */
  readonly onProgress: ((facts: RunFacts) => void) | undefined;
}

/**
 * Waits until a run is closed, by the server's long poll. A server that goes away is waited for as well.
 *
 * @throws RunNotFoundError; ServerUnreachableError when the server stays away for a minute; the signal's reason.
 */
export async function waitForClose(
  server: Server,
  runId: string,
  waiting: Waiting,
): Promise<RunFacts> {
  const { signal, onProgress } = waiting;
  const patient = new Patience(signal);
  for (;;) {
    const facts =
      onProgress === undefined
        ? await untilClosed(server, runId, signal, patient)
        : await followed(server, runId, signal, patient, onProgress);
    if (facts === null) throw new RunNotFoundError(runId, null);
    // It may have gone on in another execution: reset, or started anew under the same id.
    if (facts.finishedAt !== null) return facts;
  }
}

async function untilClosed(
  server: Server,
  runId: string,
  signal: AbortSignal,
  patient: Patience,
): Promise<RunFacts | null> {
  // Of the latest execution, and those that continue it.
  const cursor = new HistoryCursor(server, [{ runId, temporalRunId: '' }], 'close');
  while (!cursor.ended) {
    const events = await patient.with(() => orNull(cursor.next({ signal })));
    if (events === null) return null;
  }
  const closed = await patient.with(() => readClosed(server, runId, { signal }));
  return closed ?? patient.with(() => readRun(server, runId, { signal }));
}

/** A retry isn't in the history before it succeeds: so the run is looked at in between as well. */
const LOOK_EVERY = 1_000;

async function followed(
  server: Server,
  runId: string,
  signal: AbortSignal,
  patient: Patience,
  onProgress: (facts: RunFacts) => void,
): Promise<RunFacts | null> {
  const first = await patient.with(() => describe(server, runId, { signal }));
  if (first === null) return null;
  const cursor = new HistoryCursor(
    server,
    await patient.with(() => executionsOf(server, first, { signal })),
    'all',
  );
  const recording = new Recording(server.client.options.loadedDataConverter);
  const next = (): Promise<readonly HistoryEvent[]> => {
    const polled = patient.with(() => cursor.next({ signal }));
    // It may fail while something else is awaited.
    polled.catch(() => undefined);
    return polled;
  };
  let told = '';
  for (let poll = next(); ;) {
    const events = await Promise.race([poll, sleep(LOOK_EVERY, null, { ref: false })]);
    await recording.add(events ?? []);
    const description = await patient.with(() => describe(server, runId, { signal }));
    if (description === null) return null;
    const facts = await factsOf(server, description, recording.view(), { signal });
    const { status, activeSteps, health } = facts;
    const now = JSON.stringify({ status, activeSteps, health });
    if (now !== told || events?.some(isOfTheRun) === true) onProgress(facts);
    told = now;
    if (events === null) continue;
    if (cursor.ended) return facts;
    poll = next();
  }
}
