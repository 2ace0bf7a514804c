import type { Description } from './describe.js';
import { ClientOutdatedError, RunNotFoundError } from './errors.js';
import type { RunEvent } from './events.js';
import { HistoryCursor } from './history.js';
import { Patience } from './patience.js';
import { executionsOf } from './read-run.js';
import { Recording } from './recording.js';
import { isNotFound, type Server } from './server.js';

/** The runs of which a client reads events: each once, however many readers it has. */
export class Followings {
  readonly #open = new Map<string, Following>();

  constructor(readonly server: Server) {}

  /**
   * The events of a run from an offset on, until the last.
   *
   * @throws RunNotFoundError; ClientOutdatedError; ServerUnreachableError; the signal's reason
   */
  async *read<Output>(
    description: Description,
    from: number,
    signal: AbortSignal,
  ): AsyncGenerator<RunEvent<Output>, undefined> {
    // The same for all executions that continue each other, and another one where the run was started anew.
    const key = `${description.runId} ${description.firstRunId}`;
    const known = this.#open.get(key);
    const following = known?.isOver === false ? known : new Following(this.server, description);
    this.#open.set(key, following);
    following.readers += 1;
    try {
      for (let offset = from; ; offset++) {
        const event = await following.event(offset, signal);
        if (event === null) return;
        // The content is what the workflow's type says it is, like that of its runs.
        yield event as RunEvent<Output>;
      }
    } finally {
      following.readers -= 1;
      if (following.readers === 0 && this.#open.get(key) === following) this.#open.delete(key);
    }
  }
}

/**
 * Reads one run for all who want its events, while one of them waits for the next. What nobody waits for isn't asked
 * for, so a reader that is forgotten leaves nothing behind.
 */
class Following {
  readers = 0;
  readonly #recording: Recording;
  #cursor: HistoryCursor | null = null;
  #asking: Promise<void> | null = null;
  #waiting = 0;
  #hasFailed = false;
  #unwanted = new AbortController();

  constructor(
    readonly server: Server,
    readonly description: Description,
  ) {
    this.#recording = new Recording(server.client.options.loadedDataConverter);
  }

  /** Nothing more is read: whoever comes now begins anew. */
  get isOver(): boolean {
    return this.#hasFailed || this.#cursor?.ended === true;
  }

  /** The event with that offset, when it happens; `null` where the run ended without it. */
  async event(offset: number, signal: AbortSignal): Promise<RunEvent | null> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#recording.isTooNew) throw new ClientOutdatedError(this.description.runId);
      const event = this.#recording.events[offset];
      if (event !== undefined) return event;
      if (this.#cursor?.ended === true) return null;
      await this.#more(signal);
    }
  }

  /** Resolves when more was read. All who wait share one question; when the last of them has left, it is given up. */
  async #more(signal: AbortSignal): Promise<void> {
    this.#waiting += 1;
    try {
      this.#asking ??= this.#ask();
      await unlessAborted(this.#asking, signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#unwanted.abort();
    }
  }

  async #ask(): Promise<void> {
    this.#unwanted = new AbortController();
    const { signal } = this.#unwanted;
    const patient = new Patience(signal);
    try {
      this.#cursor ??= new HistoryCursor(
        this.server,
        await patient.with(() => executionsOf(this.server, this.description, { signal })),
        'all',
      );
      const cursor = this.#cursor;
      await this.#recording.add(await patient.with(() => cursor.next({ signal })));
      this.#asking = null;
    } catch (error) {
      if (signal.aborted) {
        // Nobody waits, or somebody new, who asks again.
        this.#asking = null;
        return;
      }
      // Whoever still reads is told the same.
      this.#hasFailed = true;
      throw isNotFound(error) ? new RunNotFoundError(this.description.runId, null) : error;
    }
  }
}

/** @throws the signal's reason */
async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  let leave: () => void = () => undefined;
  const left = new Promise<void>((resolve) => (leave = resolve));
  signal.addEventListener('abort', leave);
  try {
    await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
  signal.throwIfAborted();
}
