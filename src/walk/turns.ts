import type { RunErrorCode } from '../plan/codes.js';
import type { CallResult, RunErrorData } from '../plan/contract.js';
import { MAX_ANSWERS_REFUSED, MAX_TOOL_CALLS } from '../plan/limits.js';
import { metricsOf, NO_METRICS, plus, sideBySide, type Metrics } from '../plan/metrics.js';
import type { ToolRequest } from '../plan/model.js';
import { isLeader, type AgentNode } from '../plan/plan.js';
import { callId, turnId, type CallId, type Pass } from '../plan/reference.js';
import { allowancesOf, spentBy, whatIsLeft, type Allowance, type Spent } from './budget.js';
import { delegate, isDelegation } from './delegation.js';
import type { Task, TurnRequest } from './host.js';
import { teller, type NodeInput, type Walk } from './node.js';
import type { State } from './state.js';
import { callTool, type Asked, type ToolRun } from './tool.js';

/** What flows into an agent. */
export interface AgentInput extends NodeInput {
  /** What another agent asks of it; `null` where none does. */
  readonly task: Task | null;
  /** The pass of the step: a member's calls have passes within it, of which nobody is told. */
  readonly around: Pass;
  /** The budgets of those that lead it, outermost first. */
  readonly allowances: readonly Allowance[];
}

/** What came of an agent's turns. */
export type AgentEnd = { readonly state: State; readonly metrics: Metrics } & (
  | { readonly kind: 'answer'; readonly call: CallId; readonly result: CallResult }
  | { readonly kind: 'failed'; readonly error: Omit<RunErrorData, 'step'> }
  | { readonly kind: 'cancelled' }
);

/**
 * Turns of a model until it answers without asking for a tool. The tools that a turn asks for are called side by side,
 * each from the state at the turn's end, and their changes are joined in the order in which they were asked for. An
 * answer that the agent's schema refuses goes back to the model, with what is wrong with it.
 *
 * @param begun Called when a turn is on its way.
 */
export async function takeTurns(
  node: AgentNode,
  input: AgentInput,
  walk: Walk,
  begun: (call: CallId) => void,
): Promise<AgentEnd> {
  const { agent, team, toolCallLimit: limit = Infinity } = node;
  const leads = isLeader(node);
  const isHandedOver = team?.mode === 'route' || team?.mode === 'handoff';
  const { sees, pass, around, task } = input;
  const allowances = allowancesOf(node, input.allowances);
  const tell = teller(walk, node, { ...input, pass: around });
  const place = callId(node.ref, pass);
  const kept = walk.ledger.turns.get(place);
  let state = kept?.state ?? input.state;
  let refused = kept?.refused ?? 0;
  let asked = kept?.asked ?? 0;
  let metrics = kept?.metrics ?? NO_METRICS;
  let call = turnId(node.ref, pass, kept?.turn ?? 1);
  let after: TurnRequest['after'] = kept === undefined ? null : { call, outcomes: kept.outcomes };

  for (let turn = (kept?.turn ?? 0) + 1; turn <= node.maxTurns; turn++) {
    const spent = spentBy(allowances, metrics);
    const isLast = spent !== null;
    // Who hasn't begun has nothing to finish.
    if (isLast && (after === null || !spent.finish)) return overspent(spent);
    call = turnId(node.ref, pass, turn);
    const { started, outcome } = walk.host.call({
      kind: 'turn',
      ...{ node, call, sees, state, around, turn, after, task, isLast },
    });
    if (!(await started)) return cancelled();
    begun(call);
    if (after === null) tell({ event: leads ? 'TeamRunStarted' : 'RunStarted', agent });

    const came = await outcome;
    if (came.kind === 'cancelled') return cancelled();
    if (came.kind === 'failed') return { kind: 'failed', error: came.error, state, metrics };
    const own = metricsOf(came.result);
    metrics = turn === 1 ? own : plus(metrics, own);
    const { calls = [], fault } = came.result;
    if (isLast && calls.length > 0) return overspent(spentBy(allowances, metrics) ?? spent);
    if (calls.length > 0) {
      refused = 0;
    } else {
      if (fault === undefined) return answered(turn, came.result, call);
      refused += 1;
      if (refused > MAX_ANSWERS_REFUSED || turn === node.maxTurns)
        return failed('OUTPUT_INVALID', `has answered what its \`outputSchema\` refuses: ${fault}`);
    }
    // Another's answer is this agent's: it needs no further turn.
    const routed = isHandedOver ? calls.findIndex((each) => isDelegation(node, each)) : -1;
    if (turn === node.maxTurns && routed === -1) break;

    const runs = await runTools(calls, turn, routed, limit - asked);
    if (node.toolCallLimit !== undefined) asked += calls.length;
    state = state.joined(runs.map((run) => run.state));
    metrics = plus(metrics, sideBySide(runs.flatMap((run) => run.metrics ?? [])));
    if (runs.some(({ end }) => end === null)) return cancelled();
    const fatal = runs.find(({ failure }) => failure !== undefined)?.failure;
    if (fatal !== undefined) return { kind: 'failed', error: fatal, state, metrics };
    const outcomes = runs.flatMap(({ end }) => end ?? []);
    const given = outcomes[routed];
    if (given?.kind === 'result') return answered(turn, given.result, given.call);
    after = { call, outcomes };
    // The turns of a team's member are one thing with the turn that asked for them.
    if (task === null)
      walk.ledger.turns.set(place, {
        ...{ state, turn, outcomes, refused, asked, metrics },
      });
  }
  return failed(
    'TURNS_EXHAUSTED',
    `has taken all of its ${String(node.maxTurns)} turns, and still asks for tools. Raise \`maxTurns\`, or tell it when to stop.`,
  );

  function answered(turns: number, result: CallResult, by: CallId): AgentEnd {
    const content = result.content ?? null;
    const event = leads ? 'TeamRunCompleted' : 'RunCompleted';
    tell({ event, agent, turns, model: result.model ?? null, content, metrics });
    return { kind: 'answer', call: by, result, state, metrics };
  }

  function failed(code: RunErrorCode, why: string): AgentEnd {
    const message = `${node.name}: the agent '${agent}' ${why}`;
    const error = { message, code, type: null, attempts: null };
    return { kind: 'failed', error, state, metrics };
  }

  function overspent({ whose, what, finish }: Spent): AgentEnd {
    const taken =
      whose === null ? `has taken ${what}` : `is led by '${whose}', which has taken ${what}`;
    const advice = finish
      ? 'Raise `budget`.'
      : "Raise `budget`, or have it finish: onBudget: 'finish'.";
    return failed('BUDGET_EXHAUSTED', `${taken}, and has no answer yet. ${advice}`);
  }

  function cancelled(): AgentEnd {
    return { kind: 'cancelled', state, metrics };
  }

  function runTools(
    calls: readonly ToolRequest[],
    turn: number,
    routed: number,
    left: number,
  ): Promise<ToolRun[]> {
    return Promise.all(
      calls.map(async (request, at): Promise<ToolRun> => {
        const call: Asked = { request, turn, index: at + 1, state };
        if (at >= MAX_TOOL_CALLS) return told(TOO_MANY, state);
        if (at >= left) return told(limitReached(limit), state);
        if (!isDelegation(node, request)) return callTool(node, input, walk, call);
        if (routed !== -1 && at !== routed) return told(ONE_MEMBER, state);
        const led = { ...input, allowances: whatIsLeft(node, allowances, metrics) };
        return delegate(node, led, walk, call, takeTurns);
      }),
    );
  }
}

function told(message: string, state: State): ToolRun {
  return { end: { kind: 'failed', message }, state };
}

const TOO_MANY = `At most ${String(MAX_TOOL_CALLS)} tools are called at once. Ask for the rest in the next turn.`;
const limitReached = (limit: number): string =>
  `You may call ${String(limit)} ${limit === 1 ? 'tool' : 'tools'} in all, and have. Answer with what you know.`;
const ONE_MEMBER = 'One member is asked at a time.';
