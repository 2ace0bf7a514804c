import { DefinitionError } from '../plan/errors.js';
import { ON_FINISH } from '../plan/contract.js';
import type { Entry, Executor, QuestionEntry } from '../plan/executor.js';
import { jsonBytes, utf8Bytes } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES, MAX_REFERENCE_BYTES } from '../plan/limits.js';
import { WALK_VERSION, type Plan, type PlanNode } from '../plan/plan.js';
import {
  activityType,
  childReference,
  lastSegment,
  readable,
  type Reference,
} from '../plan/reference.js';
import { agentNode, agentsOf } from './compile-agent.js';
import type { BuiltNode } from './container.js';
import { parseContent } from './parse-input.js';
import { Policies } from './policies.js';
import { DEFAULT_FINISH_POLICY, DEFAULT_POLICY } from './policy.js';
import { askEndCondition, askEvaluator, askItems, askSelector } from './question.js';
import type { Step } from './step.js';
import type { OnFinish } from './workflow.js';
import type { AnyWorkflow } from './is-workflow.js';

/** A definition's two halves: the plan, which is data, and what the plan's names stand for. */
export interface Compiled {
  readonly plan: Plan;
  readonly calls: readonly CompiledCall[];
}

export interface CompiledCall {
  /** What runs may know it by: its own, then what aliases give it. */
  readonly keys: readonly string[];
  readonly taskQueue: string | null;
  readonly entry: Entry;
  /** Earlier runs of the session that it may ask for; `null` for all. */
  readonly historyRuns: number | null;
}

/**
 * Compiles a definition, once: constructing it does so already, and whoever asks later is given the same.
 *
 * @throws DefinitionError for what only the whole shows: names that are too long together, a plan that is too large.
 */
export function compile(workflow: AnyWorkflow): Compiled {
  const known = compilations.get(workflow);
  if (known !== undefined) return known;
  const compiled = compiledAnew(workflow);
  compilations.set(workflow, compiled);
  return compiled;
}

const compilations = new WeakMap<AnyWorkflow, Compiled>();

function compiledAnew(workflow: AnyWorkflow): Compiled {
  const policies = new Policies();
  const calls: CompiledCall[] = [];

  const asks = (refs: Refs, name: string, ask: QuestionEntry['ask']): void => {
    const entry: QuestionEntry = { kind: 'question', name, workflowId: workflow.id, ask };
    calls.push({ keys: keysOf(workflow, refs), taskQueue: null, entry, historyRuns: null });
  };
  const nodesOf = (
    nodes: readonly BuiltNode[],
    parents: readonly (Reference | null)[],
  ): PlanNode[] => {
    const references = referencesOf(nodes, parents);
    return nodes.map((node, index) => {
      const refs = references[index] as Refs;
      const [ref] = refs;
      const { kind, name } = node;
      switch (kind) {
        case 'step':
          if (node.workflow !== null) return workflowNode(node, node.workflow, ref);
          if (node.agent === null) {
            calls.push(compiledStep(workflow, node, refs));
            return stepNode(workflow, node, ref, policies);
          }
          for (const { refs: own, ...call } of agentsOf(workflow, node, node.agent, refs))
            calls.push({ keys: keysOf(workflow, own), ...call });
          return agentNode(workflow, node, node.agent, ref, policies);
        case 'steps':
          return { kind, ref, name, steps: nodesOf(node.steps, refs) };
        case 'parallel': {
          const { maxConcurrency } = node;
          return { kind, ref, name, maxConcurrency, steps: nodesOf(node.steps, refs) };
        }
        case 'condition': {
          const { evaluator, question, steps, elseSteps } = node;
          if (typeof evaluator !== 'boolean') asks(refs, name, askEvaluator(evaluator));
          return {
            ...{ kind, ref, name },
            evaluator: typeof evaluator === 'boolean' ? evaluator : question,
            steps: nodesOf([...steps, ...elseSteps], refs),
            otherwise: steps.length,
          };
        }
        case 'loop': {
          const { endCondition, question, maxIterations, forwardIterationOutput: forward } = node;
          if (endCondition !== null) asks(refs, name, askEndCondition(endCondition));
          return {
            ...{ kind, ref, name, maxIterations, forward },
            endCondition: endCondition === null ? null : question,
            steps: nodesOf(node.steps, refs),
          };
        }
        case 'router': {
          const { question, choices } = node;
          const known = referencesOf(choices, refs).map((names) => names.map(lastSegment));
          asks(refs, name, askSelector(node, known));
          return { kind, ref, name, selector: question, steps: nodesOf(choices, refs) };
        }
        case 'forEach': {
          const { items, question, maxConcurrency, step } = node;
          asks(refs, name, askItems(items));
          const [each] = nodesOf([step], refs) as [PlanNode];
          return {
            ...{ kind, ref, name, maxConcurrency },
            items: typeof items === 'string' ? items : question,
            steps: [each],
          };
        }
      }
    });
  };

  const steps = nodesOf(workflow.steps, [null]);
  if (workflow.onFinish !== null) calls.push(compiledFinish(workflow, workflow.onFinish));
  const plan: Plan = {
    walk: WALK_VERSION,
    workflow: { id: workflow.id, name: workflow.name },
    sessionState: workflow.sessionState,
    steps,
    policies: policies.list,
    ...(workflow.onFinish !== null && {
      onFinish: policies.indexOf(DEFAULT_FINISH_POLICY, workflow.onFinish.policy),
    }),
    ...(workflow.sessionConcurrency === 'queue' && { sessionConcurrency: 'queue' }),
    ...historyNeeded(calls),
  };
  const bytes = jsonBytes(plan);
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw new DefinitionError({
      at: workflow.name,
      must: `compile to at most ${String(MAX_PAYLOAD_BYTES)} bytes of plan: use fewer nodes or shorter names`,
      got: bytes,
    });
  }
  return { plan, calls };
}

/**
 * The references of siblings: of each its own, then those under which runs may know it that started before a rename of
 * it or of what is around it. Siblings that had one name are told apart like those that have one, in their order.
 */
function referencesOf(
  nodes: readonly BuiltNode[],
  parents: readonly (Reference | null)[],
): (readonly Reference[])[] {
  const named = new Map<string, number>();
  const wereNamed = new Map<string, number>();
  return nodes.map((node) => {
    const names: [string, number][] = [[node.name, nthOf(named, node.name)]];
    for (const alias of new Set(node.aliases)) {
      if (alias !== node.name) names.push([alias, nthOf(wereNamed, alias)]);
    }
    return parents.flatMap((parent) =>
      names.map(([name, nth]) => childReference(parent, name, nth)),
    );
  });
}

function nthOf(counts: Map<string, number>, name: string): number {
  const nth = (counts.get(name) ?? 0) + 1;
  counts.set(name, nth);
  return nth;
}

function compiledStep(workflow: AnyWorkflow, step: Step<never>, refs: Refs): CompiledCall {
  const { name, executor, outputSchema: schema, taskQueue } = step;
  const entry: Entry = {
    ...{ kind: 'step', name, workflowId: workflow.id, executor: executor as Executor },
    parse: schema === null ? null : (content) => parseContent(schema, content),
  };
  return { keys: keysOf(workflow, refs), taskQueue, entry, historyRuns: null };
}

/** A node's own reference, then those under which runs may know it. */
export type Refs = readonly [Reference, ...Reference[]];

/** What a worker's registry knows a node's calls by. */
function keysOf(workflow: AnyWorkflow, refs: Refs): readonly string[] {
  const keys = namesOf(workflow).flatMap((own) => refs.map((ref) => activityType(own, ref)));
  const longest = Math.max(...keys.map(utf8Bytes));
  if (longest <= MAX_REFERENCE_BYTES) return keys;
  throw new DefinitionError({
    at: `${workflow.name} / ${readable(refs[0])}`,
    must: `have names that together take at most ${String(MAX_REFERENCE_BYTES)} bytes (Temporal's limit for what they become)`,
    got: longest,
  });
}

function compiledFinish(workflow: AnyWorkflow, { executor }: OnFinish): CompiledCall {
  return {
    keys: namesOf(workflow).map((own) => activityType(own, ON_FINISH)),
    taskQueue: null,
    historyRuns: null,
    entry: { kind: 'finish', name: 'onFinish', workflowId: workflow.id, executor },
  };
}

/** What runs of it may be called. */
export function namesOf(workflow: AnyWorkflow): string[] {
  return [...new Set([workflow.name, ...workflow.aliases])];
}

function stepNode(
  workflow: AnyWorkflow,
  { kind, name, onError, taskQueue, policy }: Step<never>,
  ref: Reference,
  policies: Policies,
): PlanNode {
  const index = policies.indexOf(DEFAULT_POLICY, workflow.policy, policy);
  return { kind, ref, name, policy: index, onError, taskQueue };
}

function workflowNode(
  { name, onError, taskQueue: own }: Step<never>,
  { id, name: nested, taskQueue }: AnyWorkflow,
  ref: Reference,
): PlanNode {
  const workflow = { id, name: nested };
  return { kind: 'workflow', ref, name, workflow, onError, taskQueue: own ?? taskQueue };
}

/** What is to be known of earlier runs: functions may ask for all, agents are told of so many. */
function historyNeeded(calls: readonly CompiledCall[]): Pick<Plan, 'historyRuns'> {
  const needs = calls.map(({ historyRuns }) => historyRuns);
  return needs.includes(null) ? {} : { historyRuns: Math.max(0, ...needs.map(Number)) };
}
