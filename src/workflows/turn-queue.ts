import type { SessionQueue, SessionSignal, Turn } from '../plan/session.js';

/** Milliseconds that a run is old before it gets a turn that is free: one that started earlier may not have asked yet. */
const TURN_SETTLES = 200;

/**
 * Who has the turn in a session, and who waits for it: in the order of their start, which isn't always that in which
 * they ask.
 */
export class TurnQueue {
  holder: Turn | null;
  #waiting: Turn[];
  /** The holder asked again: it hasn't heard that it has the turn. */
  #isToldAgain = false;

  constructor({ holder, waiting }: SessionQueue = { holder: null, waiting: [] }) {
    this.holder = holder;
    this.#waiting = [...waiting];
  }

  get isEmpty(): boolean {
    return this.holder === null && this.#waiting.length === 0;
  }

  /** Somebody waits for the holder. */
  get isContended(): boolean {
    return this.holder !== null && this.#waiting.length > 0;
  }

  /** A run that asks, or one that is over. Anybody may send a signal: one that isn't of ours is left aside. */
  take(signal: Partial<SessionSignal> | null | undefined): void {
    if (signal?.kind === 'enqueue' && Number.isFinite(signal.startedAt))
      this.#enqueue(signal as Turn);
    else if (signal?.kind === 'store' && signal.turn !== undefined) this.leave(signal.turn);
  }

  /** Whoever is to be given the turn now: whoever started first, once it is old enough. */
  next(now: number): Turn | null {
    if (this.#isToldAgain) return this.holder;
    const [first] = this.#waiting;
    if (this.holder !== null || first === undefined) return null;
    return now - first.startedAt >= TURN_SETTLES ? first : null;
  }

  /** Milliseconds until {@link next} has somebody; `null` where nothing but a signal changes that. */
  wait(now: number): number | null {
    const [first] = this.#waiting;
    if (this.holder !== null || first === undefined) return null;
    return Math.max(0, Math.min(TURN_SETTLES, first.startedAt + TURN_SETTLES - now));
  }

  give(next: Turn): void {
    this.leave(next.turn);
    this.holder = next;
  }

  leave(turn: string): void {
    this.#waiting = this.#waiting.filter((other) => other.turn !== turn);
    if (this.holder?.turn !== turn) return;
    this.holder = null;
    this.#isToldAgain = false;
  }

  snapshot(): SessionQueue {
    return { holder: this.holder, waiting: this.#waiting };
  }

  #enqueue({ turn, runId, startedAt }: Turn): void {
    if (this.#waiting.some((other) => other.turn === turn)) return;
    if (this.holder?.turn === turn) {
      this.#isToldAgain = true;
      return;
    }
    this.#waiting.push({ turn, runId, startedAt });
    this.#waiting.sort(
      (one, other) => one.startedAt - other.startedAt || (one.runId < other.runId ? -1 : 1),
    );
  }
}
