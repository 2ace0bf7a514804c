/** `outlast/worker`: what runs workflows and their steps. */
export {
  createWorker,
  type CreateWorkerOptions,
  type ModelsOptions,
  type OutlastWorker,
} from './create-worker.js';
