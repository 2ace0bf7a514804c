import { setTimeout as sleep } from 'node:timers/promises';
import { ServerUnreachableError } from './connection-error.js';

/** How long a server may be away while somebody waits for a run. */
const AWAY_AT_MOST = 60_000;
const LONGEST_PAUSE = 2_000;

/** Goes on through a server that is away, for a while. */
export class Patience {
  constructor(readonly signal: AbortSignal) {}

  /** @throws ServerUnreachableError when the server stays away for a minute; the signal's reason; what else the call throws */
  async with<T>(call: () => Promise<T>): Promise<T> {
    const since = Date.now();
    for (let pause = 100; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        return await call();
      } catch (error) {
        this.signal.throwIfAborted();
        if (!(error instanceof ServerUnreachableError)) throw error;
        if (Date.now() - since > AWAY_AT_MOST) throw error;
      }
      await sleep(pause, undefined, { signal: this.signal }).catch(() => undefined);
      this.signal.throwIfAborted();
    }
  }
}
