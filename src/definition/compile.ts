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
  readonly steps: readonly CompiledStep[];
}

interface CompiledStep {
  /** The activity types by which runs may ask for it: its own, then those that aliases give it. */
  readonly types: readonly string[];
  readonly taskQueue: string | null;
  readonly entry: StepEntry;
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
  const policies = new Policies(workflow.policy);
  const steps: CompiledStep[] = [];

  const nodesOf = (
    nodes: readonly BuiltNode[],
    parents: readonly (Reference | null)[],
  ): PlanNode[] => {
    const references = referencesOf(nodes, parents);
    return nodes.map((node, index) => {
      const refs = references[index] as readonly [Reference, ...Reference[]];
      const [ref] = refs;
      const { kind, name } = node;
      switch (kind) {
        case 'step':
          steps.push(compiledStep(workflow, node, refs));
          return stepNode(node, ref, policies);
        case 'steps':
          return { kind, ref, name, steps: nodesOf(node.steps, refs) };
        case 'parallel': {
          const { maxConcurrency } = node;
          return { kind, ref, name, maxConcurrency, steps: nodesOf(node.steps, refs) };
        }
      }
    });
  };

  const plan: Plan = {
    walk: WALK_VERSION,
    workflow: { id: workflow.id, name: workflow.name },
    sessionState: workflow.sessionState,
    steps: nodesOf(workflow.steps, [null]),
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

function compiledStep(
  workflow: AnyWorkflow,
  { name, executor, taskQueue }: Step<never>,
  refs: readonly [Reference, ...Reference[]],
): CompiledStep {
  const types = namesOf(workflow).flatMap((own) => refs.map((ref) => activityType(own, ref)));
  const longest = Math.max(...types.map(utf8Bytes));
  if (longest > MAX_REFERENCE_BYTES) {
    throw new DefinitionError({
      at: `${workflow.name} / ${readable(refs[0])}`,
      must: `have names that together take at most ${String(MAX_REFERENCE_BYTES)} bytes (Temporal's limit for what they become)`,
      got: longest,
    });
  }
  return { types, taskQueue, entry: { executor, name, workflowId: workflow.id } };
}

function namesOf(workflow: AnyWorkflow): string[] {
  return [...new Set([workflow.name, ...workflow.aliases])];
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
    const merged = { ...this.workflow, ...given };
    const maxInterval = Math.max(merged.initialInterval, merged.maxInterval);
    const policy = { ...merged, maxInterval };
    const key = JSON.stringify(policy);
    const index = this.#indices.get(key) ?? this.list.push(policy) - 1;
    this.#indices.set(key, index);
    return index;
  }
}

/** What a worker on a queue serves of some workflows: those of the queue, and the steps that name it. */
export function registryOf(workflows: readonly AnyWorkflow[], taskQueue: string): Registry {
  const served = new Map<string, WorkflowEntry>();
  const steps = new Map<string, StepEntry>();
  const owners = new Map<string, AnyWorkflow>();
  for (const workflow of workflows) {
    const { plan, steps: compiled } = compile(workflow);
    for (const name of namesOf(workflow)) {
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
      for (const name of namesOf(workflow)) {
        served.set(name, {
          plan: { ...plan, workflow: { id: workflow.id, name } },
          parseInput: (input) => parseInput(workflow, input),
        });
      }
    }
    for (const { types, taskQueue: own, entry } of compiled) {
      if (own === null ? !here : own !== taskQueue) continue;
      // No other step has one of them: they begin with a workflow's name, of which there is one.
      for (const type of types) steps.set(type, entry);
    }
  }
  return { workflows: served, steps };
}
