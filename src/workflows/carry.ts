import type {
  Carried,
  CarriedEnds,
  CarriedMember,
  CarriedOutcome,
  CarriedOutput,
  OpenRecord,
} from '../plan/carried.js';
import { jsonBytes } from '../plan/json.js';
import { CARRIED_INLINE_BYTES, CARRIED_INLINE_TOTAL_BYTES } from '../plan/limits.js';
import { someMetrics } from '../plan/metrics.js';
import { containerResult, NOT_HERE } from '../plan/output.js';
import { passOf } from '../plan/reference.js';
import { callResultOf } from '../plan/result.js';
import { diff } from '../plan/state-patch.js';
import type { MemberEnd, ToolEnd } from '../walk/host.js';
import type { BranchesRecord, Ledger } from '../walk/ledger.js';
import type { NodeEnd } from '../walk/node.js';
import type { Output } from '../walk/scope.js';
import type { State } from '../walk/state.js';
import { beyond } from './beyond.js';

/**
 * What a walk has come to, for another execution to go on from.
 *
 * @param room Bytes that values may take.
 */
export function carry(ledger: Ledger, room: number): Pick<Carried, 'open' | 'states' | 'metrics'> {
  const budget = { left: Math.min(CARRIED_INLINE_TOTAL_BYTES, room) };
  const states = new Map<State, number>();
  const indexOf = (state: State): number => {
    const index = states.get(state) ?? states.size;
    states.set(state, index);
    return index;
  };
  const open: OpenRecord[] = [];
  // What nodes see comes first: values stand here as long as there is room.
  for (const [place, { outputs, state }] of ledger.sequences)
    open.push({ place, sequence: carriedOutputs(outputs, budget), state: indexOf(state) });
  for (const [place, { iterations, outputs, visible, state }] of ledger.loops) {
    const results = outputs.map(({ result }) => result);
    const more = beyond('Loop', containerResult('', 'Loop', results, null), visible);
    const seen = carriedOutputs(visible, budget);
    open.push({ place, iterations, visible: seen, ...more, state: indexOf(state) });
  }
  for (const [place, answer] of ledger.answers) open.push({ place, answer });
  for (const [place, { turn, outcomes, refused, asked, metrics, state }] of ledger.turns) {
    const told = outcomes.map((end) => carriedOutcome(end, budget));
    const counts = { ...(refused > 0 && { refused }), ...(asked > 0 && { asked }) };
    open.push({ place, turn, outcomes: told, ...counts, metrics, state: indexOf(state) });
  }
  for (const [place, { count, origin }] of ledger.items)
    open.push({ place, items: count, origin: carriedOutputs(origin, budget) });
  for (const [place, record] of ledger.branches) {
    const branches = carriedEnds(record, budget);
    open.push({ place, branches, state: indexOf(record.base) });
  }
  const metrics = someMetrics(ledger.ended);
  return {
    open,
    states: [...states.keys()].map(({ value }) => value),
    ...(metrics !== null && { metrics }),
  };
}

interface Budget {
  left: number;
}

function carriedEnds({ base, ends }: BranchesRecord, budget: Budget): CarriedEnds[] {
  const carried: { at: number; outputs: Output[]; rest: Omit<CarriedEnds, 'at' | 'outputs'> }[] =
    [];
  for (const [at, end] of ends.entries()) {
    if (end === undefined) continue;
    const rest = restOf(base, end);
    const outputs = end.output === null ? [] : [end.output];
    const last = carried.at(-1);
    const follows = last !== undefined && last.at + last.outputs.length === at;
    const isPlain = (what: object): boolean => Object.keys(what).length === 0;
    if (follows && isPlain(rest) && isPlain(last.rest)) last.outputs.push(...outputs);
    else carried.push({ at, outputs, rest });
  }
  return carried.map(({ at, outputs, rest }) => ({
    at,
    outputs: carriedOutputs(outputs, budget),
    ...rest,
  }));
}

function restOf(base: State, { state, failure }: NodeEnd): Omit<CarriedEnds, 'at' | 'outputs'> {
  const patch = base === state ? null : diff(base.value, state.value);
  return { ...(patch !== null && { state: patch }), ...(failure !== null && { failure }) };
}

function carriedOutcome(end: ToolEnd, budget: Budget): CarriedOutcome {
  if (end.kind !== 'members') return carriedMember(end, budget);
  return {
    members: end.members.map(({ name, end: own }) => ({ name, ...carriedMember(own, budget) })),
  };
}

function carriedMember(end: MemberEnd['end'], budget: Budget): CarriedMember {
  if (end.kind === 'failed') return { failed: end.message };
  const { call, result } = end;
  const value = result.content ?? null;
  return value !== NOT_HERE && fits(budget, value) ? { call, value } : { call };
}

function carriedOutputs(outputs: readonly Output[], budget: Budget): CarriedOutput[] {
  const carried: CarriedOutput[] = [];
  for (const output of outputs) {
    const next = carriedOutput(output, budget);
    const last = carried.at(-1);
    const joined = last === undefined ? null : together(last, next);
    if (joined === null) carried.push(next);
    else carried[carried.length - 1] = joined;
  }
  return carried;
}

function carriedOutput({ result, call, children }: Output, budget: Budget): CarriedOutput {
  const { name, type, error, skipped, stop, success } = result;
  if (type !== 'Step') {
    const steps = carriedOutputs(children, budget);
    const more = beyond(type, result, children);
    return { name, type, steps, ...(error !== null && { error }), ...more };
  }
  const value = callResultOf(result);
  const isHere = result.content !== NOT_HERE;
  if (call === null) return { name, value, ...(skipped && { skipped }) };
  if (isHere && fits(budget, value)) return { name, call, value, ...(skipped && { skipped }) };
  return { name, call, ...(stop && { stop }), ...(!success && { success }) };
}

/** `null` where the second isn't the next pass of the first, with nothing to tell but where it stands. */
function together(one: CarriedOutput, next: CarriedOutput): CarriedOutput | null {
  if (!isReference(one) || !isReference(next) || one.name !== next.name) return null;
  const first = passOf(one.call);
  const second = passOf(next.call);
  if (first === null || first.stem !== second?.stem) return null;
  return second.nth === (one.to ?? first.nth) + 1 ? { ...one, to: second.nth } : null;
}

type Reference = Extract<CarriedOutput, { call?: unknown }>;

function isReference(
  output: CarriedOutput,
): output is Reference & Required<Pick<Reference, 'call'>> {
  return 'call' in output && !('value' in output || 'stop' in output || 'success' in output);
}

function fits(budget: Budget, value: unknown): boolean {
  const bytes = jsonBytes(value);
  if (bytes > CARRIED_INLINE_BYTES || bytes > budget.left) return false;
  budget.left -= bytes;
  return true;
}
