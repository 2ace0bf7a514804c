import type {
  Carried,
  CarriedEnds,
  CarriedMember,
  CarriedOutcome,
  CarriedOutput,
  OpenRecord,
} from '../plan/carried.js';
import { NO_METRICS } from '../plan/metrics.js';
import { containerResult, NO_MEDIA, NOT_HERE } from '../plan/output.js';
import { callsUpTo, type CallId } from '../plan/reference.js';
import { failedResult, resultOf } from '../plan/result.js';
import type { MemberEnd, ToolEnd } from '../walk/host.js';
import { Ledger } from '../walk/ledger.js';
import type { NodeEnd } from '../walk/node.js';
import type { Output } from '../walk/scope.js';
import { State } from '../walk/state.js';

/** What another execution of the run has come to, for a walk to go on from. */
export function resumed({
  open,
  states,
  metrics = NO_METRICS,
}: Pick<Carried, 'open' | 'states' | 'metrics'>): Ledger {
  const ledger = new Ledger(metrics);
  const restored = states.map((state) => State.initial(state));
  const stateOf = (index: number): State => restored[index] ?? State.initial({});
  for (const record of open) keep(record, ledger, stateOf);
  return ledger;
}

function keep(record: OpenRecord, ledger: Ledger, stateOf: (index: number) => State): void {
  const { place } = record;
  if ('sequence' in record) {
    const outputs = record.sequence.flatMap(outputsOf);
    ledger.sequences.set(place, { outputs, state: stateOf(record.state) });
  } else if ('branches' in record) {
    const base = stateOf(record.state);
    ledger.branches.set(place, { base, ends: endsOf(record.branches, base) });
  } else if ('iterations' in record) {
    const { iterations } = record;
    const visible = record.visible.flatMap(outputsOf);
    const outputs = [...hiddenOf(record), ...visible];
    ledger.loops.set(place, { iterations, outputs, visible, state: stateOf(record.state) });
  } else if ('answer' in record) {
    ledger.answers.set(place, record.answer);
  } else if ('items' in record) {
    ledger.items.set(place, {
      count: record.items,
      origin: record.origin.flatMap(outputsOf),
    });
  } else {
    const { turn, outcomes, refused = 0, asked = 0, metrics } = record;
    const told = outcomes.map(outcomeOf);
    const state = stateOf(record.state);
    ledger.turns.set(place, { turn, outcomes: told, refused, asked, metrics, state });
  }
}

/** Stands for the iterations that aren't visible, in what they leave: whether all went well, and their media. */
function hiddenOf({
  success,
  media,
}: Extract<OpenRecord, { iterations: number }>): readonly Output[] {
  const skipped = { ...failedResult('', '', true), error: null, success: success ?? true };
  const result = { ...skipped, ...NO_MEDIA, ...media };
  return [{ result, call: null, children: [] }];
}

function endsOf(carried: readonly CarriedEnds[], base: State): (NodeEnd | undefined)[] {
  const ends: (NodeEnd | undefined)[] = [];
  for (const { at, outputs, state, failure = null } of carried) {
    for (const [index, output] of outputs.flatMap(outputsOf).entries())
      ends[at + index] = { output, state: base.changed(state), failure, cancelled: false };
  }
  return ends;
}

function outcomeOf(outcome: CarriedOutcome): ToolEnd {
  if (!('members' in outcome)) return memberOf(outcome);
  const members = outcome.members.map(({ name, ...own }) => ({ name, end: memberOf(own) }));
  return { kind: 'members', members };
}

function memberOf(outcome: CarriedMember): MemberEnd['end'] {
  if ('failed' in outcome) return { kind: 'failed', message: outcome.failed };
  const { call, value = NOT_HERE } = outcome;
  return { kind: 'result', call, result: { content: value } };
}

function outputsOf(carried: CarriedOutput): Output[] {
  const { name } = carried;
  if ('type' in carried) {
    const { type, steps, error = null, success, media } = carried;
    const children = steps.flatMap(outputsOf);
    const results = children.map(({ result }) => result);
    const derived = containerResult(name, type, results, error);
    const result = { ...derived, ...(success !== undefined && { success }), ...media };
    return [{ result, call: null, children }];
  }
  const { call, to, value, skipped = false, stop = false, success = true } = carried;
  if (call === undefined || value !== undefined) {
    const result = { ...resultOf(name, value ?? {}), skipped };
    return [{ result, call: call ?? null, children: [] }];
  }
  const result = { ...resultOf(name, { content: NOT_HERE }), stop, success };
  const calls: readonly CallId[] = to === undefined ? [call] : callsUpTo(call, to);
  return calls.map((each) => ({ result, call: each, children: [] }));
}
