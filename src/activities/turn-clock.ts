import type { CallResult } from '../plan/contract.js';

/** Takes the time of a model's turn, from when it is made: what the model takes to answer, and to begin with that. */
export class TurnClock {
  readonly #elapsed = stopwatch();
  #first: number | undefined;

  /** A piece of the answer is there. */
  heard(): void {
    this.#first ??= this.#elapsed();
  }

  /** The model that has begun isn't the one that answers: another is asked. */
  anew(): void {
    this.#first = undefined;
  }

  times(): Pick<CallResult, 'took' | 'firstToken'> {
    return {
      ...took(this.#elapsed()),
      ...(this.#first !== undefined && { firstToken: this.#first }),
    };
  }
}

/** Whole milliseconds since it was made. */
export function stopwatch(): () => number {
  const began = performance.now();
  return () => Math.round(performance.now() - began);
}

/** As a result records it. */
export function took(milliseconds: number): Pick<CallResult, 'took'> {
  return milliseconds > 0 ? { took: milliseconds } : {};
}
