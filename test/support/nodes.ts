import { Step } from '../../src/definition/step.js';
import type { Node } from '../../src/definition/container.js';
import { WorkflowDefinition } from '../../src/definition/workflow.js';
import type { RunErrorData } from '../../src/plan/contract.js';
import type { Json } from '../../src/plan/json.js';
import { runInMemory, type MemoryRun, type MemoryRunOptions } from './memory-host.js';

/** A step whose content is its name. */
export function says(name: string): Step {
  return new Step({ name, executor: () => name });
}

/** A step that throws its name. */
export function failing(name: string, onError: 'fail' | 'skip' = 'fail'): Step {
  return new Step({
    name,
    onError,
    executor: () => {
      throw new Error(name);
    },
  });
}

/** What a run in memory came to. */
export type Ended = Pick<MemoryRun, 'results' | 'events' | 'calls'> & {
  /** `undefined` unless it is completed. */
  readonly content: Json | undefined;
  readonly error: RunErrorData | null;
};

/** Runs nodes in memory, each step in one attempt. */
export async function outcomeOf(
  steps: readonly Node[],
  { input = 'in', ...options }: MemoryRunOptions & { readonly input?: Json } = {},
): Promise<Ended> {
  const workflow = new WorkflowDefinition({
    name: 'W',
    maxRetries: 0,
    steps: steps as Node<Json>[],
  });
  const { end, ...run } = await runInMemory(workflow, input, options);
  return {
    ...run,
    content: end.kind === 'completed' ? end.content : undefined,
    error: end.kind === 'failed' ? end.error : null,
  };
}
