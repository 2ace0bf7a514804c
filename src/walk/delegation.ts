import type { ToolRequest } from '../plan/model.js';
import { isJsonObject, type Json } from '../plan/json.js';
import { sideBySide } from '../plan/metrics.js';
import type { AgentNode, TeamPlan } from '../plan/plan.js';
import { passWithin, turnId } from '../plan/reference.js';
import type { MemberEnd, ToolEnd } from './host.js';
import { teller, type Walk } from './node.js';
import type { Asked, ToolRun } from './tool.js';
import type { AgentEnd, AgentInput, takeTurns } from './turns.js';

/** Whether a leader asks its members by it. */
export function isDelegation({ team }: AgentNode, { name }: ToolRequest): boolean {
  return team?.tool === name;
}

/**
 * A leader asks a member, or all of them: each takes turns of its own, from the state at the leader's turn's end. The
 * leader is told what they answer, or why one fails.
 *
 * @param take How an agent takes its turns; members may lead teams themselves.
 */
export async function delegate(
  node: AgentNode,
  input: AgentInput,
  walk: Walk,
  { request, turn, index, state }: Asked,
  take: typeof takeTurns,
): Promise<ToolRun> {
  const { team } = node;
  const asked = team === undefined ? 'There is no team.' : askedOf(team, request);
  if (typeof asked === 'string') return { end: { kind: 'failed', message: asked }, state };
  const { members } = asked;
  const by = turnId(node.ref, input.pass, turn);
  const task = { text: asked.task, by, isWhole: team?.mode === 'handoff' };

  const tell = teller(walk, node, { pass: input.around });
  const about = { agent: node.agent, turn, tool: request.name };
  tell({ event: 'ToolCallStarted', ...about, arguments: request.arguments });
  // Of each of the leader's requests its own: a member may be asked again, in the same turn too.
  const pass = passWithin(passWithin(input.pass, turn), index);
  const ends = await Promise.all(
    members.map((member) => take(member, { ...input, state, task, pass }, walk, () => undefined)),
  );
  const after = state.joined(ends.map((end) => end.state));
  const metrics = sideBySide(ends.map((end) => end.metrics));
  const told = members.map((member, at) => memberEnd(member, ends[at]));
  if (told.includes(null)) return { end: null, state: after, metrics };
  const found = told.filter((end) => end !== null);
  const [only] = found;
  const end: ToolEnd =
    team?.mode === 'collaborate' || only === undefined
      ? { kind: 'members', members: found }
      : only.end;
  tell({ event: 'ToolCallCompleted', ...about, ...toldOf(end) });
  return { end, state: after, metrics };
}

interface Delegation {
  readonly members: readonly AgentNode[];
  readonly task: string;
}

/** Whom a leader asks for what, or what is wrong with its request. */
function askedOf(
  { mode, members }: TeamPlan,
  { arguments: text }: ToolRequest,
): Delegation | string {
  const given = parsed(text);
  if (!isJsonObject(given)) return 'The arguments must be an object, as JSON.';
  const { member: name, task } = given;
  if (typeof task !== 'string' || task.trim() === '')
    return '`task` must be a text that says what is to be done.';
  if (mode === 'collaborate') return { members, task };
  const member = members.find(({ agent }) => agent === name);
  if (member !== undefined) return { members: [member], task };
  const names = members.map(({ agent }) => agent).join(', ');
  return `\`member\` must be the name of a member: ${names}.`;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

/** `null`: the run was ended before. */
function memberEnd({ agent: name }: AgentNode, end: AgentEnd | undefined): MemberEnd | null {
  switch (end?.kind) {
    case 'answer':
      return { name, end: { kind: 'result', call: end.call, result: end.result } };
    case 'failed':
      return { name, end: { kind: 'failed', message: end.error.message } };
    default:
      return null;
  }
}

/** What is told of it to who looks on. */
function toldOf(end: ToolEnd): { readonly content: Json; readonly error: string | null } {
  switch (end.kind) {
    case 'result':
      return { content: end.result.content ?? null, error: null };
    case 'failed':
      return { content: null, error: end.message };
    case 'members': {
      const contents = end.members.map(({ name, end: own }) => [name, toldOf(own)] as const);
      return {
        content: Object.fromEntries(
          contents.map(([name, { content, error }]) => [name, error ?? content]),
        ),
        error: null,
      };
    }
  }
}
