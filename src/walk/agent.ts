import type { RunErrorData } from '../plan/contract.js';
import type { ToolRequest } from '../plan/model.js';
import { MAX_TOOL_CALLS } from '../plan/limits.js';
import type { AgentNode } from '../plan/plan.js';
import { callId, toolId, turnId, type CallId } from '../plan/reference.js';
import { CANCELLED, failedResult, resultOf } from '../plan/result.js';
import type { ToolEnd, TurnRequest } from './host.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';
import type { Progress } from './progress.js';
import type { State } from './state.js';

/**
 * Turns of a model until it answers without asking for a tool. The tools that a turn asks for are called side by side,
 * each from the state at the turn's end, and their changes are joined in the order in which they were asked for.
 */
export async function runAgent(
  node: AgentNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const { agent } = node;
  const { sees, pass } = input;
  const tell = teller(walk, node, input);
  const place = callId(node.ref, pass);
  const kept = walk.ledger.turns.get(place);
  let state = kept?.state ?? input.state;
  let call = turnId(node.ref, pass, kept?.turn ?? 1);
  let after: TurnRequest['after'] = kept === undefined ? null : { call, outcomes: kept.outcomes };

  for (let turn = (kept?.turn ?? 0) + 1; turn <= node.maxTurns; turn++) {
    call = turnId(node.ref, pass, turn);
    const { started, outcome } = walk.host.call({
      kind: 'turn',
      ...{ node, call, sees, state, turn, after },
    });
    if (!(await started)) return turn === 1 ? notBegun() : cancelled();
    progress.start(call);
    if (turn === 1) {
      tell({ event: 'StepStarted' });
      tell({ event: 'RunStarted', agent });
    }

    const came = await outcome;
    if (came.kind === 'cancelled') return cancelled();
    if (came.kind === 'failed') return failed({ ...came.error, step: node.ref });
    const { calls = [] } = came.result;
    if (calls.length === 0) {
      const output = progress.finish(resultOf(node.name, came.result), call);
      const { content } = output.result;
      const by = came.result.model ?? null;
      tell({ event: 'RunCompleted', agent, turns: turn, model: by, content });
      tell({ event: 'StepCompleted', result: output.result });
      return { output, state, failure: null, cancelled: false };
    }
    if (turn === node.maxTurns) break;
    const ends = await Promise.all(
      calls.map((request, index) => runTool(node, input, walk, { request, turn, index, state })),
    );
    state = state.joined(ends.map((end) => end.state));
    if (ends.some(({ end }) => end === null)) return cancelled();
    const outcomes = ends.flatMap(({ end }) => end ?? []);
    after = { call, outcomes };
    walk.ledger.turns.set(place, { state, turn, outcomes });
  }
  return failed({
    message: `${node.name}: the agent '${node.agent}' has taken all of its ${String(node.maxTurns)} turns, and still asks for tools. Raise \`maxTurns\`, or tell it when to stop.`,
    code: 'TURNS_EXHAUSTED',
    ...{ step: node.ref, type: null, attempts: null },
  });

  function failed(error: RunErrorData): NodeEnd {
    const skipped = node.onError === 'skip';
    const output = progress.finish(failedResult(node.name, error.message, skipped), null);
    tell({ event: 'StepError', error: error.message, skipped });
    return { output, state, failure: skipped ? null : error, cancelled: false };
  }

  function cancelled(): NodeEnd {
    const output = progress.finish(failedResult(node.name, CANCELLED, false), null);
    return { output, state, failure: null, cancelled: true };
  }

  function notBegun(): NodeEnd {
    return { output: null, state, failure: null, cancelled: true };
  }
}

/** What came of a tool; `null`: the run was ended before. */
interface ToolRun {
  readonly end: ToolEnd | null;
  readonly state: State;
}

/** One call of a tool. A failure is the model's to deal with: it is told. */
async function runTool(
  node: AgentNode,
  input: NodeInput,
  walk: Walk,
  asked: { request: ToolRequest; turn: number; index: number; state: State },
): Promise<ToolRun> {
  const { pass } = input;
  const { request, turn, state } = asked;
  const index = asked.index + 1;
  if (index > MAX_TOOL_CALLS) return { end: { kind: 'failed', message: TOO_MANY }, state };
  const tool = node.tools.find(({ name }) => name === request.name);
  if (tool === undefined)
    return { end: { kind: 'failed', message: unknown(node, request) }, state };

  const call: CallId = toolId(node.ref, pass, turn, index);
  const { started, outcome } = walk.host.call({
    kind: 'tool',
    ...{ node, call, state, request, policy: tool.policy },
    asked: { turn: turnId(node.ref, pass, turn), index },
  });
  if (!(await started)) return { end: null, state };
  const tell = teller(walk, node, input);
  const about = { agent: node.agent, turn, tool: request.name };
  tell({ event: 'ToolCallStarted', ...about, arguments: request.arguments });
  const came = await outcome;
  switch (came.kind) {
    case 'result':
      tell({
        event: 'ToolCallCompleted',
        ...about,
        content: came.result.content ?? null,
        error: null,
      });
      return {
        end: { kind: 'result', call, result: came.result },
        state: state.after(call, came.result.state),
      };
    case 'failed':
      tell({ event: 'ToolCallCompleted', ...about, content: null, error: came.error.message });
      return { end: { kind: 'failed', message: came.error.message }, state };
    case 'cancelled':
      return { end: null, state };
  }
}

const TOO_MANY = `At most ${String(MAX_TOOL_CALLS)} tools are called at once. Ask for the rest in the next turn.`;

function unknown({ tools }: AgentNode, { name }: ToolRequest): string {
  const names = tools.map((tool) => tool.name).join(', ');
  return `There is no tool '${name}'. ${names === '' ? 'There are none.' : `The tools are: ${names}.`}`;
}
