import { randomUUID } from 'node:crypto';
import { setTimeout as elapsed } from 'node:timers/promises';
import { InputError, type FinishedRun, type Outlast, type Run } from '../../src/index.js';
import type { GoldenHost, GoldenRequest } from './golden.js';
import type { Background, GoldenAnswer } from './golden-compare.js';
import type { HostEvent } from './golden-events.js';
import { storedState, streamed } from './golden-later.js';

/** What became of a run, and what was seen of it on the way. */
interface Ended {
  readonly run: FinishedRun;
  readonly events: readonly HostEvent[] | null;
  readonly background: Background | null;
}

/** Runs one case on a server, in sessions that are no other case's. */
export class OnServer implements GoldenHost {
  readonly #case = randomUUID();

  constructor(readonly client: Outlast) {}

  async run(request: GoldenRequest): Promise<GoldenAnswer | 'rejected'> {
    const { sessionId: session, ...rest } = request;
    const sessionId = session === undefined ? undefined : `${session}-${this.#case}`;
    try {
      const { run, ...seen } = await this.#ended({ ...rest, ...(sessionId && { sessionId }) });
      const { runId, status, content, error, stepResults } = run;
      return {
        ...{ runId, status, content, stepResults, ...seen },
        error: error === null ? null : error.message,
        sessionState: sessionId === undefined ? null : await storedState(this.client, sessionId),
      };
    } catch (error) {
      if (error instanceof InputError) return 'rejected';
      throw error;
    }
  }

  async #ended(request: GoldenRequest): Promise<Ended> {
    const { workflow, input, background, cancelOn, cancelAfter, ...options } = request;
    const stream = background ? null : streamed(this.client, workflow, input, options);
    if (stream === null) {
      const started = await this.client.run(workflow, input as never, {
        ...options,
        background: true,
      });
      const watched = await followed(started as Run, cancelAfter);
      return background ? watched : { ...watched, background: null };
    }
    const events: HostEvent[] = [];
    for await (const told of stream) {
      const event: HostEvent = { stepName: null, stepPath: null, ...told };
      events.push(event);
      if (event.event === cancelOn?.event && event.stepName === cancelOn.stepName)
        await this.client.cancelRun(await stream.runId);
    }
    return { run: await stream.result(), events, background: null };
  }
}

/** Waits for the end of a run in the background, and cancels it where that is asked for. */
async function followed(started: Run, cancelAfter: GoldenRequest['cancelAfter']): Promise<Ended> {
  const statuses: string[] = [started.status];
  const ending = started.wait({
    timeout: '50 seconds',
    onProgress: ({ status }) => statuses.push(status),
  });
  let cancelled: boolean | null = null;
  if (cancelAfter !== undefined) {
    if (cancelAfter.isOver) await ending;
    await elapsed(cancelAfter.ms);
    cancelled = await started.cancel();
  }
  const run = await ending;
  statuses.push(run.status);
  return {
    run,
    events: null,
    background: { statuses, cancelled, hasCompleted: run.hasCompleted() },
  };
}
