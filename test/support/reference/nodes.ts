import {
  childPath,
  nameOf,
  type ConditionNode,
  type ForEachNode,
  type GoldenNode,
  type Json,
  type JsonObject,
  type LoopNode,
  type RouterNode,
} from '../golden-case.js';
import { tell, viewOf, type End, type Interpretation, type Start } from './interpretation.js';
import { evaluated, isSatisfied, listed, selected } from './questions.js';
import { contained, flowAfter, type Result } from './result.js';
import { joined } from './state.js';
import { runStep } from './step.js';

/** Runs a node to its end. */
function runNode(node: GoldenNode, path: string, start: Start, run: Interpretation): End {
  switch (node.type) {
    case 'Step':
    case 'Function':
    case 'Agent':
    case 'Workflow':
      return runStep(node, path, start, run);
    case 'Steps': {
      tell(run, 'StepsExecutionStarted', node);
      const end = sequence(numbered(node.steps, path), start, run);
      return closed(node, 'Steps', end, run);
    }
    case 'Parallel': {
      tell(run, 'ParallelExecutionStarted', node, { parallel_step_count: node.steps.length });
      const branches = numbered(node.steps, path).map((branch) => ({ ...branch, start }));
      return closed(node, 'Parallel', isolated(branches, start, run), run);
    }
    case 'Condition':
      return runCondition(node, path, start, run);
    case 'Loop':
      return runLoop(node, path, start, run);
    case 'Router':
      return runRouter(node, path, start, run);
    case 'ForEach':
      return runForEach(node, path, start, run);
    case 'Bogus':
      throw new Error('This is no node.');
  }
}

/** Nodes in order, until one fails or stops. */
export function sequence(
  nodes: readonly NumberedNode[],
  start: Start,
  run: Interpretation,
): SequenceEnd {
  let { flow, outputs, state } = start;
  const results: Result[] = [];
  for (const { node, path } of nodes) {
    const end = runNode(node, path, { flow, outputs, state }, run);
    results.push(end.result);
    state = end.state;
    if (end.failure !== null) return { results, flow, state, failure: end.failure };
    flow = flowAfter(flow, end.result);
    outputs = [...outputs, end.result];
    if (end.result.stop) break;
  }
  return { results, flow, state, failure: null };
}

export interface NumberedNode {
  readonly node: GoldenNode;
  readonly path: string;
}

export interface SequenceEnd {
  readonly results: readonly Result[];
  readonly flow: Json;
  readonly state: JsonObject;
  readonly failure: string | null;
}

export function numbered(nodes: readonly GoldenNode[], path: string, from = 0): NumberedNode[] {
  return nodes.map((node, index) => ({ node, path: childPath(path, from + index) }));
}

/** Nodes that know nothing of each other: all settle, then their states are joined; the first failure is named. */
function isolated(
  branches: readonly (NumberedNode & { readonly start: Start })[],
  { flow, state }: Start,
  run: Interpretation,
): SequenceEnd {
  const ends = branches.map(({ node, path, start }) => runNode(node, path, start, run));
  return {
    results: ends.map(({ result }) => result),
    flow,
    state: joined(
      state,
      ends.map((end) => end.state),
    ),
    failure: ends.find(({ failure }) => failure !== null)?.failure ?? null,
  };
}

/** Its steps if the evaluator says so, else its other steps, if it has any. */
function runCondition(node: ConditionNode, path: string, start: Start, run: Interpretation): End {
  const answer = asked(() => {
    const given = evaluated(node.evaluator, viewOf(start, run));
    if (typeof given === 'boolean') return given;
    throw new Error(`evaluator returned ${JSON.stringify(given)}; expected true or false`);
  });
  if ('thrown' in answer) return unasked(node, 'Condition', answer.thrown, start);

  const facts = { condition_result: answer.value };
  tell(run, 'ConditionExecutionStarted', node, facts);
  const { steps, else_steps = [] } = node;
  const chosen = answer.value ? numbered(steps, path) : numbered(else_steps, path, steps.length);
  return closed(node, 'Condition', sequence(chosen, start, run), run, facts);
}

/** Each iteration begins with what flowed into the loop, unless the last one's output is forwarded. */
function runLoop(node: LoopNode, path: string, start: Start, run: Interpretation): End {
  const { steps, max_iterations = 3, end_condition, forward_iteration_output = false } = node;
  tell(run, 'LoopExecutionStarted', node, { max_iterations });
  const results: Result[] = [];
  let { flow, state } = start;
  let iteration = 0;
  let goesOn = max_iterations > 0;
  while (goesOn) {
    iteration += 1;
    tell(run, 'LoopIterationStarted', node, { iteration });
    const begins = { ...start, flow: forward_iteration_output ? flow : start.flow, state };
    const end = sequence(numbered(steps, path), begins, run);
    results.push(...end.results);
    ({ flow, state } = end);
    const stops = end.results.some(({ stop }) => stop);
    // Nobody asks the end condition after a failure, or after a stop.
    const answer = asked(
      () =>
        end.failure === null &&
        !stops &&
        end_condition !== undefined &&
        isSatisfied(end_condition, end.results),
    );
    const failure = end.failure ?? ('thrown' in answer ? answer.thrown : null);
    if (failure !== null) return closed(node, 'Loop', { results, flow, state, failure }, run);
    const isEnd = 'value' in answer && answer.value;
    goesOn = !stops && !isEnd && iteration < max_iterations;
    tell(run, 'LoopIterationCompleted', node, { iteration, should_continue: goesOn });
  }
  const facts = { total_iterations: iteration };
  return closed(node, 'Loop', { results, flow, state, failure: null }, run, facts);
}

/** The choices that its selector names, in that order. */
function runRouter(node: RouterNode, path: string, start: Start, run: Interpretation): End {
  const choices = numbered(node.choices, path);
  const names = choices.map((choice) => nameOf(choice.node));
  const answer = asked(() =>
    selected(node.selector, viewOf(start, run), names).map((name) => {
      const choice = choices.find((each) => nameOf(each.node) === name);
      if (choice !== undefined) return choice;
      throw new Error(`selector returned '${name}', which is none of ${names.join(', ')}`);
    }),
  );
  if ('thrown' in answer) return unasked(node, 'Router', answer.thrown, start);

  const facts = { selected_steps: answer.value.map((choice) => nameOf(choice.node)) };
  tell(run, 'RouterExecutionStarted', node, facts);
  return closed(node, 'Router', sequence(answer.value, start, run), run, facts);
}

/** Its step once for each item, which flows into it; isolated from each other as branches are. */
function runForEach(node: ForEachNode, path: string, start: Start, run: Interpretation): End {
  const view = viewOf(start, run);
  const answer = asked(() => {
    const { items } = node;
    const given = typeof items === 'string' ? listed(items, view) : view.content(items.of);
    if (Array.isArray(given)) return given;
    throw new Error(`items are ${JSON.stringify(given)}; expected a list`);
  });
  if ('thrown' in answer) return unasked(node, 'ForEach', answer.thrown, start);

  const facts = { item_count: answer.value.length };
  tell(run, 'ForEachExecutionStarted', node, facts);
  const items = answer.value.map((item) => ({
    ...{ node: node.step, path: childPath(path, 0) },
    start: { ...start, flow: item },
  }));
  return closed(node, 'ForEach', isolated(items, start, run), run, facts);
}

type Answer<T> = { readonly value: T } | { readonly thrown: string };

/** What evaluators, selectors and end conditions throw fails their node. */
function asked<T>(question: () => T): Answer<T> {
  try {
    return { value: question() };
  } catch (error) {
    return { thrown: (error as Error).message };
  }
}

type Container = Exclude<Result['type'], 'Step'>;

/** A container's end; one that failed has no event of it. */
function closed(
  node: GoldenNode,
  type: Container,
  { results, state, failure }: SequenceEnd,
  run: Interpretation,
  facts: Readonly<Record<string, unknown>> = {},
): End {
  if (failure === null) tell(run, `${type}ExecutionCompleted`, node, facts);
  return { result: contained(nameOf(node), type, results, failure), state, failure };
}

/** A container that failed before it began. */
function unasked(node: GoldenNode, type: Container, failure: string, { state }: Start): End {
  return { result: contained(nameOf(node), type, [], failure), state, failure };
}
