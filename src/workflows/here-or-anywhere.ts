import {
  ActivityFailure,
  CancelledFailure,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { Activities } from '../plan/contract.js';

/** Activities of ours that answer a run with what it begins with. */
type Asked = typeof Activities.resolvePlan | typeof Activities.loadSession;

/**
 * A question that the worker that has the run's task answers if it can, which costs no round trip; else any worker of the
 * queue, for as long as it takes. The last failure of it stands in `describe`.
 */
export function hereOrAnywhere<Answer>(type: Asked): (request: object) => Promise<Answer> {
  type Asking = Record<Asked, (request: object) => Promise<Answer>>;
  const here = proxyLocalActivities<Asking>({
    startToCloseTimeout: 2_000,
    retry: { maximumAttempts: 1 },
    summary: type,
  });
  const anywhere = proxyActivities<Asking>({
    activityId: type,
    summary: type,
    startToCloseTimeout: 30_000,
    retry: { initialInterval: 1_000, maximumInterval: 30_000 },
  });
  return async (request) => {
    try {
      return await here[type](request);
    } catch (error) {
      if (error instanceof ActivityFailure && error.cause instanceof CancelledFailure)
        throw error.cause;
    }
    return anywhere[type](request);
  };
}
