import { CancellationScope, condition } from '@temporalio/workflow';

/**
 * Lets through what local activities give one at a time, in the order in which they were asked for, and the next only when
 * nothing more comes of the one before. As it happens each may come by itself, in any order; a replay is given all of a
 * workflow task at once. What follows on them would otherwise be asked for in another order, and the run would be stuck.
 */
export class InOrder {
  #asked = 0;
  #turn = 0;

  async pass<T>(work: () => Promise<T>): Promise<T> {
    const nth = this.#asked++;
    const [settled] = await Promise.allSettled([work()]);
    await CancellationScope.nonCancellable(() => this.#turnOf(nth));
    this.#turn += 1;
    if (settled.status === 'rejected') throw settled.reason as Error;
    return settled.value;
  }

  #turnOf(nth: number): Promise<void> {
    let isWaiting = false;
    // Conditions are looked at when all that could go on has gone on, except when they are made.
    const turn = condition(() => isWaiting && this.#turn === nth);
    isWaiting = true;
    return turn;
  }
}
