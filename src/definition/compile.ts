import { DefinitionError } from '../plan/errors.js';
import type { Registry, StepEntry, WorkflowEntry } from '../plan/executor.js';
import { jsonBytes, utf8Bytes } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES, MAX_REFERENCE_BYTES } from '../plan/limits.js';
import { WALK_VERSION, type Plan, type PlanNode, type Policy } from '../plan/plan.js';
import { activityType, childReference, readable, type Reference } from '../plan/reference.js';
import type { BuiltNode } from './container.js';
import { parseInput } from './parse-input.js';
import type { Step } from './step.js';
import type { AnyWorkflow } from './workflow.js';

/** A definition's two halves: the plan, which is data, and what the plan's names stand for. */
export interface Compiled {
  readonly plan: Plan;
  /** Every step with the names by which runs may ask for it: its own, then those that aliases give it. */
  readonly steps: readonly {
    readonly types: readonly string[];
    readonly taskQueue: string | null;
    readonly entry: StepEntry;
  }[];
}

/**
 * @throws DefinitionError for what only the whole shows: names that are too long together, a plan that is too large.
 */
export function compile(workflow: AnyWorkflow): Compiled {
  const policies = new Policies(workflow.policy);
  const steps: Compiled['steps'][number][] = [];
  const names = [workflow.name, ...workflow.aliases];

  const nodesOf = (
    nodes: readonly BuiltNode[],
    parent: Reference | null,
    earlier: readonly Reference[],
  ): PlanNode[] => {
    const used = new Map<string, number>();
    return nodes.map((node) => {
      const nth = (used.get(node.name) ?? 0) + 1;
      used.set(node.name, nth);
      const ref = childReference(parent, node.name, nth);
      // The names that this node may have had: each of its own under each of those that are above it.
      const above = parent === null ? [null] : [parent, ...earlier];
      const aliases = above
        .flatMap((under) =>
          [node.name, ...node.aliases].map((name) =>
            childReference(under, name, name === node.name ? nth : 1),
          ),
        )
        .filter((alias) => alias !== ref);
      const { kind, name } = node;
      if (kind === 'steps') return { kind, ref, name, steps: nodesOf(node.steps, ref, aliases) };
      if (kind === 'parallel') {
        return {
          kind,
          ref,
          name,
          maxConcurrency: node.maxConcurrency,
          steps: nodesOf(node.steps, ref, aliases),
        };
      }

      const types = names.flatMap((name) =>
        [ref, ...aliases].map((reference) => activityType(name, reference)),
      );
      for (const type of types) checkLength(workflow.name, ref, type);
      steps.push({
        types,
        taskQueue: node.taskQueue,
        entry: { executor: node.executor, name: node.name, workflowId: workflow.id },
      });
      return stepNode(node, ref, policies);
    });
  };

  const plan: Plan = {
    walk: WALK_VERSION,
    workflow: { id: workflow.id, name: workflow.name },
    sessionState: workflow.sessionState,
    steps: nodesOf(workflow.steps, null, []),
    policies: policies.list,
  };
  const bytes = jsonBytes(plan);
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw new DefinitionError({
      at: workflow.name,
      must: `compile to at most ${String(MAX_PAYLOAD_BYTES)} bytes of plan: use fewer nodes or shorter names`,
      got: bytes,
    });
  }
  return { plan, steps };
}

function stepNode(node: Step<never>, ref: Reference, policies: Policies): PlanNode {
  const { kind, name, onError, taskQueue } = node;
  return { kind, ref, name, policy: policies.indexOf(node.policy), onError, taskQueue };
}

/** The policies of a workflow's steps, each once. */
class Policies {
  readonly list: Policy[] = [];
  readonly #indices = new Map<string, number>();

  constructor(readonly workflow: Policy) {}

  indexOf(given: Partial<Policy>): number {
    const policy = { ...this.workflow, ...given };
    const key = JSON.stringify(policy);
    const index = this.#indices.get(key) ?? this.list.push(policy) - 1;
    this.#indices.set(key, index);
    return index;
  }
}

function checkLength(workflowName: string, ref: Reference, type: string): void {
  if (utf8Bytes(type) <= MAX_REFERENCE_BYTES) return;
  throw new DefinitionError({
    at: `${workflowName} / ${readable(ref)}`,
    must: `have names that together take at most ${String(MAX_REFERENCE_BYTES)} bytes (Temporal's limit for what they become)`,
    got: utf8Bytes(type),
  });
}

/** What a worker on a queue serves of some workflows: those of the queue, and the steps that name it. */
export function registryOf(workflows: readonly AnyWorkflow[], taskQueue: string): Registry {
  const served = new Map<string, WorkflowEntry>();
  const steps = new Map<string, StepEntry>();
  const owners = new Map<string, AnyWorkflow>();
  for (const workflow of workflows) {
    const { plan, steps: compiled } = compile(workflow);
    for (const name of [workflow.name, ...workflow.aliases]) {
      const owner = owners.get(name);
      if (owner !== undefined && owner !== workflow) {
        throw new DefinitionError({
          at: name,
          must: 'be the name or alias of one workflow of a worker only',
        });
      }
      owners.set(name, workflow);
    }
    const here = (workflow.taskQueue ?? taskQueue) === taskQueue;
    if (here) {
      // A run that started under an old name goes on under it: its steps are called by that name.
      for (const name of [workflow.name, ...workflow.aliases]) {
        served.set(name, {
          plan: { ...plan, workflow: { id: workflow.id, name } },
          parseInput: (input) => parseInput(workflow, input),
        });
      }
    }
    for (const { types, taskQueue: own, entry } of compiled) {
      if (own === null ? !here : own !== taskQueue) continue;
      for (const type of types) {
        const other = steps.get(type);
        if (other !== undefined && other !== entry) {
          throw new DefinitionError({
            at: readable(type),
            must: 'be the name or alias of one step only',
          });
        }
        steps.set(type, entry);
      }
    }
  }
  return { workflows: served, steps };
}
