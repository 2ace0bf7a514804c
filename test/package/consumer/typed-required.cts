import { Workflow } from 'outlast';
import { createWorker } from 'outlast/worker';

export const workflow = new Workflow({ name: 'Shout', steps: [() => 'loud'] });
export const face = createWorker;
