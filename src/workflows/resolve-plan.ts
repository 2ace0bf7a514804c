import {
  ActivityFailure,
  CancelledFailure,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import { Activities, type PlanAnswer, type PlanRequest } from '../plan/contract.js';

interface PlanActivities {
  [Activities.resolvePlan](request: PlanRequest): Promise<PlanAnswer>;
}

const here = proxyLocalActivities<PlanActivities>({
  startToCloseTimeout: 2_000,
  retry: { maximumAttempts: 1 },
  summary: Activities.resolvePlan,
});

/** Where a worker that has the workflow may be. The last failure of it stands in `describe`. */
const anywhere = proxyActivities<PlanActivities>({
  activityId: Activities.resolvePlan,
  summary: Activities.resolvePlan,
  startToCloseTimeout: 30_000,
  retry: { initialInterval: 1_000, maximumInterval: 30_000 },
});

/** The run's plan: of the worker that has its first task if it can, else of any worker of the queue, for as long as it takes. */
export async function resolvePlan(request: PlanRequest): Promise<PlanAnswer> {
  try {
    return await here[Activities.resolvePlan](request);
  } catch (error) {
    if (error instanceof ActivityFailure && error.cause instanceof CancelledFailure)
      throw error.cause;
  }
  return anywhere[Activities.resolvePlan](request);
}
