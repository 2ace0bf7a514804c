import type { RunErrorData } from '../plan/contract.js';
import { NO_METRICS, type Metrics } from '../plan/metrics.js';
import type { ToolRequest } from '../plan/model.js';
import type { AgentNode } from '../plan/plan.js';
import { toolId, turnId, type CallId } from '../plan/reference.js';
import type { ToolEnd } from './host.js';
import { teller, type Walk } from './node.js';
import type { State } from './state.js';
import type { AgentInput } from './turns.js';

/** A tool that a turn of a model asks for. */
export interface Asked {
  readonly request: ToolRequest;
  readonly turn: number;
  /** Which of the turn's requests it is, from 1. */
  readonly index: number;
  /** At the turn's end. */
  readonly state: State;
}

/** What came of a tool; `null`: the run was ended before. */
export interface ToolRun {
  readonly end: ToolEnd | null;
  readonly state: State;
  /** What fails the agent's step; left out where nothing does. */
  readonly failure?: Omit<RunErrorData, 'step'>;
  /** What it took, or those that were asked by it; left out where that isn't known. */
  readonly metrics?: Metrics;
}

/** One call of a tool. A failure is the model's to deal with, unless the tool says otherwise: it is told. */
export async function callTool(
  node: AgentNode,
  input: Pick<AgentInput, 'pass' | 'around'>,
  walk: Walk,
  { request, turn, index, state }: Asked,
): Promise<ToolRun> {
  const { pass } = input;
  const tool = node.tools.find(({ name }) => name === request.name);
  if (tool === undefined)
    return { end: { kind: 'failed', message: unknown(node, request) }, state };

  const call: CallId = toolId(node.ref, pass, turn, index);
  const { started, outcome } = walk.host.call({
    kind: 'tool',
    ...{ node, call, state, request, policy: tool.policy },
    taskQueue: tool.taskQueue ?? node.taskQueue,
    asked: { turn: turnId(node.ref, pass, turn), index },
  });
  if (!(await started)) return { end: null, state };
  const tell = teller(walk, node, { pass: input.around });
  const about = { agent: node.agent, turn, tool: request.name };
  tell({ event: 'ToolCallStarted', ...about, arguments: request.arguments });
  const came = await outcome;
  switch (came.kind) {
    case 'result': {
      const content = came.result.content ?? null;
      tell({ event: 'ToolCallCompleted', ...about, content, error: null });
      const end: ToolEnd = { kind: 'result', call, result: came.result };
      const metrics = { ...NO_METRICS, workTime: came.result.took ?? 0 };
      return { end, state: state.after(call, came.result.state), metrics };
    }
    case 'failed': {
      const { message, code } = came.error;
      tell({ event: 'ToolCallCompleted', ...about, content: null, error: message });
      const end: ToolEnd = { kind: 'failed', message };
      // What it asks for wrongly a model may mend in any case.
      if (tool.onError === undefined || code === 'TOOL_ARGUMENTS_INVALID') return { end, state };
      const why = `${node.name}: the tool '${tool.name}' of the agent '${node.agent}' failed: ${message}`;
      return { end, state, failure: { ...came.error, message: why } };
    }
    case 'cancelled':
      return { end: null, state };
  }
}

function unknown({ tools, team }: AgentNode, { name }: ToolRequest): string {
  const names = [...tools.map((tool) => tool.name), ...(team === undefined ? [] : [team.tool])];
  const known = names.length === 0 ? 'There are none.' : `The tools are: ${names.join(', ')}.`;
  return `There is no tool '${name}'. ${known}`;
}
