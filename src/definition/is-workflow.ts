import type { WorkflowDefinition } from './workflow.js';

/** A workflow of whatever input and output. */
export type AnyWorkflow = WorkflowDefinition<unknown, unknown, never>;

/** Tells definitions from what else may stand in a list of them. One that another copy of this package made counts. */
export function isWorkflow(value: unknown): value is AnyWorkflow {
  if (typeof value !== 'object' || value === null || 'kind' in value) return false;
  const { name, steps, policy } = value as Partial<AnyWorkflow>;
  return typeof name === 'string' && Array.isArray(steps) && typeof policy === 'object';
}
