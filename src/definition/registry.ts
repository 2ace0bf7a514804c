import { DefinitionError } from '../plan/errors.js';
import type { Entry, Registry, WorkflowEntry } from '../plan/executor.js';
import { compile, namesOf } from './compile.js';
import type { BuiltNode } from './container.js';
import type { AnyWorkflow } from './is-workflow.js';
import { parseInput } from './parse-input.js';

/** What a worker on a queue serves of some workflows: those of the queue, and the steps that name it. */
export function registryOf(workflows: readonly AnyWorkflow[], taskQueue: string): Registry {
  const served = new Map<string, WorkflowEntry>();
  const calls = new Map<string, Entry>();
  const owners = new Map<string, AnyWorkflow>();
  for (const workflow of withNested(workflows)) {
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

/** These, and those that are steps of them. */
export function withNested(workflows: readonly AnyWorkflow[]): ReadonlySet<AnyWorkflow> {
  const all = new Set<AnyWorkflow>();
  const add = (workflow: AnyWorkflow): void => {
    if (all.has(workflow)) return;
    all.add(workflow);
    for (const node of workflow.steps) addIn(node);
  };
  const addIn = (node: BuiltNode): void => {
    if (node.kind === 'step') {
      if (node.workflow !== null) add(node.workflow);
    } else {
      for (const child of childrenOf(node)) addIn(child);
    }
  };
  for (const workflow of workflows) add(workflow);
  return all;
}

function childrenOf(node: Exclude<BuiltNode, { kind: 'step' }>): readonly BuiltNode[] {
  switch (node.kind) {
    case 'steps':
    case 'parallel':
    case 'loop':
      return node.steps;
    case 'condition':
      return [...node.steps, ...node.elseSteps];
    case 'router':
      return node.choices;
    case 'forEach':
      return [node.step];
  }
}
