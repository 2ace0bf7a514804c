import { isAgent } from './agent.js';
import { isTeam } from './team.js';
import type { WorkflowDefinition } from './workflow.js';

/** A workflow of whatever input and output. */
export type AnyWorkflow = WorkflowDefinition<unknown, unknown, never>;

/** Tells definitions from what else may stand in a list of them. One that another copy of this package made counts. */
export function isWorkflow(value: unknown): value is AnyWorkflow {
  if (typeof value !== 'object' || value === null || 'kind' in value) return false;
  const { name, steps, policy } = value as Partial<AnyWorkflow>;
  return typeof name === 'string' && Array.isArray(steps) && typeof policy === 'object';
}

/** What can be run: workflows, and agents and teams, each of which is one by itself. */
export type Runnable = AnyWorkflow | { readonly kind: string; readonly workflow: AnyWorkflow };

/** The workflow that it is; `null` for what can't be run. */
export function runnableOf(value: unknown): AnyWorkflow | null {
  if (isWorkflow(value)) return value;
  if ((!isAgent(value) && !isTeam(value)) || !('workflow' in value)) return null;
  return isWorkflow(value.workflow) ? value.workflow : null;
}
