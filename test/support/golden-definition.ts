import { z } from 'zod';
import {
  Parallel,
  Step,
  Steps,
  Workflow,
  type Executor,
  type Json,
  type Node,
  type WorkflowOptions,
} from '../../src/index.js';
import {
  childPath,
  nameOf,
  type ContainerNode,
  type GoldenNode,
  type GoldenSchema,
  type StepNode,
  type WorkflowNode,
} from './golden-case.js';
import { construct } from './golden-later.js';
import { executorOp } from './golden-ops.js';
import { endConditionOf, evaluatorOf, itemsOf, selectorOf } from './golden-questions.js';
import type { Script } from './golden-script.js';

/** A case's definition as options of a workflow. Anything may come of a definition that is to be refused. */
export function optionsOf(definition: WorkflowNode, script: Script): WorkflowOptions {
  const { name, callable, input_schema, session_state } = definition;
  const { add_workflow_history_to_steps, num_history_runs } = definition;
  return {
    name,
    retry: { initialInterval: 1, backoff: 1 },
    ...(input_schema !== undefined && { inputSchema: schemaOf(input_schema) }),
    ...(session_state !== undefined && { sessionState: session_state }),
    ...(callable !== undefined && { maxRetries: 0 }),
    ...(add_workflow_history_to_steps !== undefined && {
      addWorkflowHistoryToSteps: add_workflow_history_to_steps,
    }),
    ...(num_history_runs !== undefined && { numHistoryRuns: num_history_runs }),
    steps: stepsOf(definition, script) as Node<Json>[],
  };
}

function stepsOf({ callable, steps_wrapper, steps }: WorkflowNode, script: Script): unknown {
  if (callable !== undefined) {
    return named('callable', script.executor(executorOp(callable), '', callable));
  }
  // A container in the place of a list, to see it refused.
  if (steps_wrapper !== undefined) return nodeOf(steps_wrapper, '', script);
  return nodesOf(steps ?? [], '', script);
}

function nodesOf(
  nodes: readonly GoldenNode[],
  path: string,
  script: Script,
  from = 0,
): Node<Json>[] {
  return nodes.map((node, index) => nodeOf(node, childPath(path, from + index), script));
}

function nodeOf(node: GoldenNode, path: string, script: Script): Node<Json> {
  switch (node.type) {
    case 'Function':
      return named(
        node.name,
        script.executor(executorOp(node.executor), path, node.executor),
      ) as Node<Json>;
    case 'Agent':
      return script.agent(node);
    case 'Workflow':
      return new Workflow(optionsOf(node, script));
    case 'Step':
      return stepOf(node, path, script);
    case 'Steps':
    case 'Parallel': {
      const Container = node.type === 'Steps' ? Steps : Parallel;
      return new Container({ ...nameIn(node), steps: nodesOf(node.steps, path, script) });
    }
    case 'Condition': {
      const { evaluator, steps, else_steps } = node;
      return construct('Condition', {
        ...nameIn(node),
        evaluator: typeof evaluator === 'boolean' ? evaluator : evaluatorOf(evaluator),
        steps: nodesOf(steps, path, script),
        ...(else_steps && { elseSteps: nodesOf(else_steps, path, script, steps.length) }),
      });
    }
    case 'Loop': {
      const { steps, max_iterations, end_condition, forward_iteration_output } = node;
      return construct('Loop', {
        ...nameIn(node),
        steps: nodesOf(steps, path, script),
        ...(max_iterations !== undefined && { maxIterations: max_iterations }),
        ...(end_condition !== undefined && { endCondition: endConditionOf(end_condition) }),
        ...(forward_iteration_output === true && { forwardIterationOutput: true }),
      });
    }
    case 'Router':
      return construct('Router', {
        ...nameIn(node),
        selector: selectorOf(node.selector, node.choices.map(nameOf)),
        choices: nodesOf(node.choices, path, script),
      });
    case 'ForEach':
      return construct('ForEach', {
        ...nameIn(node),
        items: typeof node.items === 'string' ? itemsOf(node.items) : node.items.of,
        step: nodeOf(node.step, childPath(path, 0), script),
      });
    case 'Bogus':
      return 12345 as unknown as Node<Json>;
  }
}

function stepOf(node: StepNode, path: string, script: Script): Step {
  const { executor, agent, team, fn_name, max_retries, skip_on_failure, timeout_seconds } = node;
  const options = {
    ...nameIn(node),
    ...(max_retries !== undefined && { maxRetries: max_retries }),
    ...(skip_on_failure === true && { onError: 'skip' as const }),
    ...(timeout_seconds !== undefined && { timeout: timeout_seconds * 1_000 }),
    ...historyIn(node),
  };
  if (agent !== undefined) return new Step({ ...options, agent: script.agent(agent) });
  if (team !== undefined) return new Step({ ...options, team: script.team(team) });
  // A case may leave it out, to see it refused.
  const made =
    executor !== undefined &&
    named(fn_name ?? '', script.executor(executorOp(executor), path, executor));
  return new Step({ ...options, executor: (made || undefined) as Executor<Json> });
}

function historyIn({ add_workflow_history, num_history_runs }: StepNode): object {
  return {
    ...(add_workflow_history !== undefined && { addWorkflowHistory: add_workflow_history }),
    ...(num_history_runs !== undefined && { numHistoryRuns: num_history_runs }),
  };
}

function nameIn({ name }: Pick<ContainerNode, 'name'>): { readonly name?: string } {
  return name === undefined || name === null ? {} : { name };
}

function named(name: string, executor: Executor): Executor {
  Object.defineProperty(executor, 'name', { value: name });
  return executor;
}

/** Lax, as Agno's schemas are. */
function schemaOf({ fields }: GoldenSchema): z.ZodType<Json, Json> {
  const shape = Object.entries(fields).map(([field, type]) => {
    const schema = FIELD_TYPES[type.replace('?', '')]!;
    // What is left out isn't there: not even as `null`.
    const optional = schema.nullish().transform((value) => value ?? undefined);
    return [field, type.endsWith('?') ? optional : schema];
  });
  return z.object(Object.fromEntries(shape)) as z.ZodType as z.ZodType<Json, Json>;
}

const numeric = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)]).transform(Number);

const FIELD_TYPES: Readonly<Record<string, z.ZodType>> = {
  str: z.string(),
  int: numeric.refine(Number.isInteger),
  float: numeric,
  bool: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]),
};
