import { Activities, type PlanAnswer, type PlanRequest } from '../plan/contract.js';
import { hereOrAnywhere } from './here-or-anywhere.js';

/** The run's plan: of the worker that has its first task if it can, else of any worker of the queue that has the workflow. */
export const resolvePlan: (request: PlanRequest) => Promise<PlanAnswer> =
  hereOrAnywhere<PlanAnswer>(Activities.resolvePlan);
