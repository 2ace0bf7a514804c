import {
  nameOf,
  type AgentNode,
  type FunctionNode,
  type GoldenAgent,
  type JsonObject,
  type StepNode,
  type WorkflowNode,
} from '../golden-case.js';
import { executorOf } from './executors.js';
import { tell, viewOf, type End, type Interpretation, type Start } from './interpretation.js';
import { given, type Result } from './result.js';
import { isEmpty, textOf } from './values.js';

/** A node that works, whatever works in it. */
export type WorkingNode = StepNode | FunctionNode | AgentNode | WorkflowNode;

/** Tries its executor until an attempt succeeds or there are none left; then it fails, or is skipped. */
export function runStep(node: WorkingNode, path: string, start: Start, run: Interpretation): End {
  const name = nameOf(node);
  const { max_retries = 3, skip_on_failure = false } = node.type === 'Step' ? node : {};
  tell(run, 'StepStarted', node);
  let error = '';
  for (let attempt = 0; attempt <= max_retries; attempt++) {
    // A failed attempt leaves no trace in the state.
    const state = structuredClone(start.state);
    try {
      const result = given(name, work(node, path, { ...start, state }, run));
      tell(run, 'StepCompleted', node, { content: result.content });
      return { result, state, failure: null };
    } catch (thrown) {
      error = (thrown as Error).message;
    }
    // A run within the run is no attempt: it has had its own.
    if (node.type === 'Workflow') break;
  }
  tell(run, 'StepError', node, { error });
  const result = given(name, { success: false, skipped: skip_on_failure, error });
  return { result, state: start.state, failure: skip_on_failure ? null : error };
}

/** One attempt. */
function work(
  node: WorkingNode,
  path: string,
  start: Start & { readonly state: JsonObject },
  run: Interpretation,
): Partial<Result> {
  switch (node.type) {
    case 'Function':
      return called(node.executor, path, null, start, run);
    case 'Agent':
      return { content: answered(node, {}, start, run) };
    case 'Workflow':
      return { content: nested(node, start, run) };
    case 'Step': {
      const { executor, agent = node.team, timeout_seconds } = node;
      if (agent !== undefined) return { content: answered(agent, node, start, run) };
      const timeout = timeout_seconds === undefined ? null : timeout_seconds * 1_000;
      return called(executor!, path, timeout, start, run);
    }
  }
}

function called(
  executor: string,
  path: string,
  timeout: number | null,
  start: Start,
  run: Interpretation,
): Partial<Result> {
  const nth = (run.attempts.get(path) ?? 0) + 1;
  run.attempts.set(path, nth);
  return executorOf(executor)({ view: viewOf(start, run), nth, timeout });
}

/** What an agent is sent, and what its model says: its reply, or an echo. */
function answered(
  { name, reply, instructions }: GoldenAgent,
  options: Pick<StepNode, 'add_workflow_history' | 'num_history_runs'>,
  start: Start,
  run: Interpretation,
): string {
  const { workflow } = run;
  const view = viewOf(start, run);
  const wantsHistory =
    options.add_workflow_history ?? workflow.add_workflow_history_to_steps ?? false;
  const historyRuns = options.num_history_runs ?? workflow.num_history_runs ?? 3;
  const history = wantsHistory ? (view.historyContext(historyRuns) ?? '') : '';
  const task = isEmpty(view.flow) ? view.run.input : view.flow;
  const isLines = Array.isArray(task) && task.every((line) => typeof line === 'string');
  const content = history + (isLines ? task.join('\n') : textOf(task));
  run.prompts.push({
    agent: name,
    messages: [
      ...(instructions === undefined
        ? []
        : [{ role: 'system', content: `<instructions>\n${instructions}\n</instructions>` }]),
      { role: 'user', content },
    ],
  });
  return reply ?? `${name}(${content})`;
}

/** Its run is given what flows in, else the input. */
function nested(workflow: WorkflowNode, { flow }: Start, run: Interpretation): Result['content'] {
  const { content, error } = run.runNested(workflow, isEmpty(flow) ? run.facts.input : flow);
  if (error !== null) throw new Error(error);
  return content;
}
