import { DefinitionError } from '../plan/errors.js';
import { ON_FINISH } from '../plan/contract.js';
import type { AgentEntry, Entry, Executor, Registry, WorkflowEntry } from '../plan/executor.js';
import { jsonBytes, utf8Bytes } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES, MAX_REFERENCE_BYTES } from '../plan/limits.js';
import { WALK_VERSION, type Plan, type PlanNode, type Policy } from '../plan/plan.js';
import { activityType, childReference, readable, type Reference } from '../plan/reference.js';
import type { Agent } from './agent.js';
import type { BuiltNode } from './container.js';
import { parseInput } from './parse-input.js';
import { DEFAULT_FINISH_POLICY, DEFAULT_POLICY, DEFAULT_TURN_POLICY } from './policy.js';
import type { Step } from './step.js';
import type { AnyWorkflow, OnFinish } from './workflow.js';

/** A definition's two halves: the plan, which is data, and what the plan's names stand for. */
export interface Compiled {
  readonly plan: Plan;
  readonly calls: readonly CompiledCall[];
}

interface CompiledCall {
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
          calls.push(compiledStep(workflow, node, refs));
          return node.agent === null
            ? stepNode(workflow, node, ref, policies)
            : agentNode(workflow, node, node.agent, ref, policies);
        case 'steps':
          return { kind, ref, name, steps: nodesOf(node.steps, refs) };
        case 'parallel': {
          const { maxConcurrency } = node;
          return { kind, ref, name, maxConcurrency, steps: nodesOf(node.steps, refs) };
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

function compiledStep(
  workflow: AnyWorkflow,
  step: Step<never>,
  refs: readonly [Reference, ...Reference[]],
): CompiledCall {
  const { name, executor, agent, taskQueue } = step;
  const keys = namesOf(workflow).flatMap((own) => refs.map((ref) => activityType(own, ref)));
  const longest = Math.max(...keys.map(utf8Bytes));
  if (longest > MAX_REFERENCE_BYTES) {
    throw new DefinitionError({
      at: `${workflow.name} / ${readable(refs[0])}`,
      must: `have names that together take at most ${String(MAX_REFERENCE_BYTES)} bytes (Temporal's limit for what they become)`,
      got: longest,
    });
  }
  const named = { name, workflowId: workflow.id };
  const entry: Entry =
    agent === null
      ? { kind: 'step', ...named, executor: executor as Executor }
      : agentEntry(agent, named);
  const historyRuns = agent === null ? null : historyRunsOf(workflow, step);
  return { keys, taskQueue, entry, historyRuns };
}

function agentEntry(agent: Agent, named: Pick<AgentEntry, 'name' | 'workflowId'>): AgentEntry {
  const { name, model, system, tools } = agent;
  const entries = new Map(tools.map((tool) => [tool.name, tool.entry]));
  return { kind: 'agent', ...named, agent: name, model, system, tools: entries };
}

function compiledFinish(workflow: AnyWorkflow, { executor }: OnFinish): CompiledCall {
  return {
    keys: namesOf(workflow).map((own) => activityType(own, ON_FINISH)),
    taskQueue: null,
    historyRuns: null,
    entry: { kind: 'finish', name: 'onFinish', workflowId: workflow.id, executor },
  };
}

function namesOf(workflow: AnyWorkflow): string[] {
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

function agentNode(
  workflow: AnyWorkflow,
  step: Step<never>,
  agent: Agent,
  ref: Reference,
  policies: Policies,
): PlanNode {
  const { name, onError, taskQueue, policy } = step;
  const given = [workflow.policy, agent.policy, policy];
  const historyRuns = historyRunsOf(workflow, step);
  return {
    kind: 'agent',
    ref,
    name,
    agent: agent.name,
    policy: policies.indexOf(DEFAULT_TURN_POLICY, ...given),
    onError,
    taskQueue,
    maxTurns: agent.maxTurns,
    ...(historyRuns > 0 && { historyRuns }),
    tools: agent.tools.map((tool) => ({
      name: tool.name,
      policy: policies.indexOf(DEFAULT_POLICY, workflow.policy, tool.policy),
    })),
  };
}

/** What is to be known of earlier runs: functions may ask for all, agents are told of so many. */
function historyNeeded(calls: readonly CompiledCall[]): Pick<Plan, 'historyRuns'> {
  const needs = calls.map(({ historyRuns }) => historyRuns);
  return needs.includes(null) ? {} : { historyRuns: Math.max(0, ...needs.map(Number)) };
}

/** Earlier runs of the session that a step's agent is told of. */
function historyRunsOf(
  workflow: AnyWorkflow,
  { addWorkflowHistory, numHistoryRuns }: Step<never>,
): number {
  const isOn = addWorkflowHistory ?? workflow.addWorkflowHistoryToSteps;
  return isOn ? (numHistoryRuns ?? workflow.numHistoryRuns) : 0;
}

/** The policies of a workflow's steps, each once. */
class Policies {
  readonly list: Policy[] = [];
  readonly #indices = new Map<string, number>();

  /** Of the default with what is laid over it. */
  indexOf(base: Policy, ...given: readonly Partial<Policy>[]): number {
    const merged = given.reduce<Policy>((under, over) => ({ ...under, ...over }), base);
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
  const calls = new Map<string, Entry>();
  const owners = new Map<string, AnyWorkflow>();
  for (const workflow of workflows) {
    const { plan, calls: compiled } = compile(workflow);
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
    for (const { keys, taskQueue: own, entry } of compiled) {
      if (own === null ? !here : own !== taskQueue) continue;
      // Nothing else has one of them: they begin with a workflow's name, of which there is one.
      for (const key of keys) calls.set(key, entry);
    }
  }
  return { workflows: served, calls };
}
