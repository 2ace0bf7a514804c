import { childrenOf, MEDIA, type GoldenCase, type GoldenNode } from './golden-case.js';

/** What a case asks for beyond steps, agents, Steps and Parallel. */
type Need =
  | 'Condition'
  | 'Loop'
  | 'Router'
  | 'ForEach'
  | 'nested workflow'
  | 'media of the input'
  | 'session'
  | 'history'
  | 'events'
  | 'runs at the same time';

/** Where cases are run. */
export type Place = 'server' | 'memory';

/** What isn't there yet: a case that needs one of these waits. Deleting a word switches its cases on. */
const WAITING: Readonly<Record<Place, readonly Need[]>> = {
  server: [],
  memory: ['media of the input', 'history', 'runs at the same time'],
};

/** Cases that can't pass, by their names, each with the rule of docs/semantics.md that forbids it. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {};

/** Why a case isn't run in a place; `null` where it is. */
export function reasonToSkip(golden: GoldenCase, place: Place): string | null {
  const rule = IMPOSSIBLE[golden.name];
  if (rule !== undefined) return `by the rule "${rule}"`;
  const needs = needsOf(golden).filter((need) => WAITING[place].includes(need));
  return needs.length === 0 ? null : `waits for ${needs.join(', ')}`;
}

function needsOf({ definition, decided_construct_error, runs }: GoldenCase): readonly Need[] {
  const needs = new Set(childrenOf(definition).flatMap(needsOfNode));
  if (decided_construct_error !== undefined) return [...needs];
  if (definition.callable?.startsWith('history') === true) needs.add('history');
  if (definition.add_workflow_history_to_steps === true) needs.add('history');
  if (runs.length > 1) needs.add('session');
  for (const { input } of runs) {
    if (MEDIA.some((kind) => input[kind] !== undefined)) needs.add('media of the input');
    if (input.cancel_on_event !== undefined) needs.add('events');
    if (input.concurrent === true) needs.add('runs at the same time');
  }
  return [...needs];
}

function needsOfNode(node: GoldenNode): readonly Need[] {
  const inside = childrenOf(node).flatMap(needsOfNode);
  switch (node.type) {
    case 'Condition':
    case 'Loop':
    case 'Router':
    case 'ForEach':
      return [node.type, ...inside];
    case 'Workflow':
      return ['nested workflow', ...inside];
    case 'Step': {
      const asks =
        node.executor?.startsWith('history') === true || node.add_workflow_history === true;
      return asks ? ['history'] : [];
    }
    case 'Function':
      return node.executor.startsWith('history') ? ['history'] : [];
    case 'Agent':
    case 'Steps':
    case 'Parallel':
    case 'Bogus':
      return inside;
  }
}
