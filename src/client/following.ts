import { setTimeout as sleep } from 'node:timers/promises';
import type { Description } from './describe.js';
import { ClientOutdatedError, RunNotFoundError } from './errors.js';
import type { RunEvent } from './events.js';
import { heardTurns } from './heard-turns.js';
import { HistoryCursor, type Execution, type HistoryEvent } from './history.js';
import type { TurnReader } from './live-turns.js';
import { Patience } from './patience.js';
import { executionsOf } from './read-run.js';
import { Recording } from './recording.js';
import { isNotFound, type Server } from './server.js';

/** Milliseconds between two looks at what models write. */
const LOOK_INTERVAL = 250;
/** How long nobody has to wait for the next event before it isn't asked for any more. */
const UNWANTED_AFTER = 1_000;

/** The runs of which a client reads events: each once, however many readers it has. */
export class Followings {
  readonly #open = new Map<string, Following>();

  constructor(readonly server: Server) {}

  /**
   * The events of a run from an offset on, until the last. Of an open run also what its models are writing.
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
    const turns = description.finishedAt === null ? following.turns.reader(from) : null;
    try {
      for (let offset = from; ;) {
        const event = await following.event(offset, turns, signal);
        if (event === null) return;
        if (event.offset === offset) offset += 1;
        // The content is what the workflow's type says it is, like that of its runs.
        yield event as RunEvent<Output>;
      }
    } finally {
      turns?.leave();
      following.readers -= 1;
      if (following.readers === 0) {
        following.giveUp();
        if (this.#open.get(key) === following) this.#open.delete(key);
      }
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
  #looking: Promise<void> | null = null;
  #lookedAt = 0;
  #waiting = 0;
  #hasFailed = false;
  #unwanted = new AbortController();
  #leaving: NodeJS.Timeout | undefined;

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

  get turns(): Recording['turns'] {
    return this.#recording.turns;
  }

  /**
   * The event with that offset, when it happens, or what a model writes before it; `null` where the run ended without it.
   *
   * @param turns Of what models write, what the reader has; `null` where it wants none.
   */
  async event(
    offset: number,
    turns: TurnReader | null,
    signal: AbortSignal,
  ): Promise<RunEvent | null> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#recording.isTooNew) throw new ClientOutdatedError(this.description.runId);
      const { events } = this.#recording;
      const content = turns?.next(offset, offset === events.length) ?? null;
      if (content !== null) return this.#recording.passing(content, offset - 1);
      const event = events[offset];
      if (event !== undefined) return event;
      if (this.#cursor?.ended === true) return null;
      await this.#more(signal);
    }
  }

  /** Ends what is asked for. */
  giveUp(): void {
    clearTimeout(this.#leaving);
    this.#unwanted.abort();
  }

  /** Resolves when more was read. All who wait share one question; when the last of them has left, it is given up. */
  async #more(signal: AbortSignal): Promise<void> {
    clearTimeout(this.#leaving);
    if (this.#unwanted.signal.aborted) this.#unwanted = new AbortController();
    this.#waiting += 1;
    try {
      const answers = [(this.#asking ??= this.#ask(this.#unwanted.signal))];
      if (this.turns.open.size > 0)
        answers.push((this.#looking ??= this.#look(this.#unwanted.signal)));
      await unlessAborted(Promise.race(answers), signal);
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) {
        // Most come back at once, for the next.
        this.#leaving = setTimeout(() => {
          this.#unwanted.abort();
        }, UNWANTED_AFTER).unref();
      }
    }
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const patient = new Patience(signal);
    try {
      this.#cursor ??= new HistoryCursor(
        this.server,
        await patient.with(() => executionsOf(this.server, this.description, { signal })),
        'all',
      );
      const cursor = this.#cursor;
      const { execution } = cursor;
      await this.#take(execution, await patient.with(() => cursor.next({ signal })));
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

  /** Of what had happened before somebody came, nobody is told what models wrote. */
  async #take({ temporalRunId }: Execution, events: readonly HistoryEvent[]): Promise<void> {
    const { historyLength, temporalRunId: latest } = this.description;
    const isPast = ({ eventId }: HistoryEvent): boolean =>
      temporalRunId !== latest || Number(eventId) <= historyLength;
    const past = this.turns.isLive ? [] : events.filter(isPast);
    await this.#recording.add(past);
    const last = past.at(-1);
    const isAtPresent = temporalRunId === latest && Number(last?.eventId) === historyLength;
    if (isAtPresent || past.length < events.length) this.turns.goLive();
    await this.#recording.add(events.slice(past.length));
  }

  /** Resolves when something new was heard of a turn under way, or none is. The history is what counts: no failure matters. */
  async #look(signal: AbortSignal): Promise<void> {
    try {
      while (this.#cursor !== null && this.turns.open.size > 0) {
        await sleep(Math.max(0, this.#lookedAt + LOOK_INTERVAL - Date.now()), null, { signal });
        this.#lookedAt = Date.now();
        const { execution } = this.#cursor;
        const wanted = this.turns.open;
        const heard = await heardTurns(this.server, execution, wanted, { signal }).catch(
          () => null,
        );
        if (heard !== null && this.turns.hear(heard)) return;
      }
    } catch {
      // Nobody waits.
    } finally {
      this.#looking = null;
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
