import { sleep, type CancellationScope } from '@temporalio/workflow';
import { Timers, type RunSettings } from '../plan/contract.js';

/** When a run's time is up, in milliseconds since 1970, and whether it is. */
export interface Timer {
  readonly deadline: number;
  readonly fired: () => boolean;
}

/** Ends the calls under way when the run's time is up; `null` for a run that has as long as it takes. */
export function timerOf(
  { timeout }: RunSettings,
  known: number | undefined,
  scope: CancellationScope,
): Timer | null {
  if (timeout === undefined) return null;
  const deadline = known ?? Date.now() + timeout;
  let fired = false;
  sleep(Math.max(1, deadline - Date.now()), { summary: Timers.runTimeout }).then(
    () => {
      fired = true;
      scope.cancel();
    },
    () => {
      // The run was cancelled: so is its scope.
    },
  );
  return { deadline, fired: () => fired };
}
