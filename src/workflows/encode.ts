import type {
  FlowSource,
  MemberOutcome,
  OutputSource,
  PatchSource,
  RunStart,
  Source,
  StateSource,
  StepCall,
  ToolOutcome,
  Visible,
} from '../plan/contract.js';
import { jsonBytes, type Json } from '../plan/json.js';
import { INLINE_BYTES, INLINE_TOTAL_BYTES } from '../plan/limits.js';
import { NOT_HERE, type ContainerType } from '../plan/output.js';
import { passOf, type CallId } from '../plan/reference.js';
import { callResultOf } from '../plan/result.js';
import type { MemberEnd, ToolEnd } from '../walk/host.js';
import type { Chain, FlowOrigin, Output, Scope } from '../walk/scope.js';
import type { State } from '../walk/state.js';
import { beyond } from './beyond.js';

/**
 * Makes what a call is given small: large values become references, and what an earlier call was given already is
 * named by that call. It remembers which call was the first to be given a scope or a state.
 */
export class Encoder {
  readonly #chains = new WeakMap<Chain, Seen>();
  readonly #states = new WeakMap<State, CallId>();

  /** A value that the run's start holds, inline where it is small. */
  source(value: Json, from: keyof RunStart): Source {
    return jsonBytes(value) <= INLINE_BYTES ? { value } : { from };
  }

  /** What a call is given of outputs, where it sees any, and state. Once it is sure to be scheduled, later calls may refer to it. */
  encode(state: State, scope?: Scope): Encoded {
    const budget = { left: INLINE_TOTAL_BYTES };
    const given = this.#state(state, budget);
    const visible = scope === undefined ? null : this.#visible(scope, budget);
    return {
      state: given.source,
      visible: visible?.source ?? {},
      remember: (call) => {
        if (given.isNews) this.#states.set(state, call);
        const { chain = null, origin = null } = scope ?? {};
        if (chain !== null && visible?.isNews === true) this.#chains.set(chain, { call, origin });
      },
    };
  }

  /** What a model is told of the tools that it asked for. */
  outcomes(ends: readonly ToolEnd[]): ToolOutcome[] {
    const budget = { left: INLINE_TOTAL_BYTES };
    return ends.map((end) =>
      end.kind === 'members'
        ? {
            members: end.members.map(({ name, end: own }) => ({ name, ...outcomeOf(own, budget) })),
          }
        : outcomeOf(end, budget),
    );
  }

  /**
   * An earlier call may have been given the same outputs and have had another content flow in. It can be referred to
   * where that doesn't matter: because something flows out of a later output, or because it is said what flows in.
   */
  #visible(scope: Scope, budget: Budget): News<Pick<StepCall, 'sees' | 'flow'>> {
    const news: Output[] = [];
    let known: Seen | undefined;
    let flows = false;
    for (let at = scope.chain; at !== null; at = at.before) {
      const seen = this.#chains.get(at);
      if (seen !== undefined && (flows || scope.origin !== null || seen.origin === null)) {
        known = seen;
        break;
      }
      news.push(at.last);
      flows ||= !at.last.result.skipped;
    }
    const { origin } = scope;
    const saysFlow = origin !== null && origin !== known?.origin;
    const outputs = encodeOutputs(news.reverse(), budget);
    const sees: Visible = {
      ...(known !== undefined && { after: { call: known.call } }),
      ...(outputs.length > 0 && { outputs }),
    };
    return {
      isNews: known === undefined || news.length > 0 || (known.origin !== null && origin === null),
      source: {
        ...(Object.keys(sees).length > 0 && { sees }),
        ...(saysFlow && { flow: encodeFlow(scope.flow, origin, budget) }),
      },
    };
  }

  #state(state: State, budget: Budget): News<StateSource> {
    const patches: PatchSource[] = [];
    let known: CallId | undefined;
    for (let at: State | null = state; at !== null; at = at.before) {
      known = this.#states.get(at);
      if (known !== undefined) break;
      if (at.patch !== null) {
        patches.push(at.call === null ? { patch: at.patch } : { result: { call: at.call } });
      }
    }
    const isNews = known === undefined || patches.length > 0;
    // Without an earlier call to refer to, a large state is recorded here, once.
    if (known === undefined || takes(budget, state.value)) {
      return { isNews, source: { value: state.value } };
    }
    return { isNews, source: { after: { call: known }, patches: patches.reverse() } };
  }
}

export interface Encoded {
  readonly visible: Pick<StepCall, 'sees' | 'flow'>;
  readonly state: StateSource;
  readonly remember: (call: CallId) => void;
}

/** The call that was given some outputs, and what flowed into it, where that wasn't what flows out of them. */
interface Seen {
  readonly call: CallId;
  readonly origin: FlowOrigin | null;
}

interface News<Source> {
  readonly source: Source;
  /** It says more than what the call that it refers to was given. */
  readonly isNews: boolean;
}

interface Budget {
  left: number;
}

/** Whether a value goes inline: it is small, and the call has room for it. */
function takes(budget: Budget, value: unknown): boolean {
  const bytes = jsonBytes(value);
  if (bytes > INLINE_BYTES || bytes > budget.left) return false;
  budget.left -= bytes;
  return true;
}

function outcomeOf(end: MemberEnd['end'], budget: Budget): MemberOutcome {
  if (end.kind === 'failed') return { failed: end.message };
  const value = end.result.content ?? null;
  const isHere = value !== NOT_HERE && takes(budget, value);
  return isHere ? { value } : { result: { call: end.call } };
}

function encodeFlow(flow: Json, { outputs, item }: FlowOrigin, budget: Budget): FlowSource {
  if (flow !== NOT_HERE && takes(budget, flow)) return { value: flow };
  return { outputs: encodeOutputs(outputs, budget), ...(item !== null && { item }) };
}

/** Results of one node's passes that are referred to one after the other become one reference. */
function encodeOutputs(outputs: readonly Output[], budget: Budget): OutputSource[] {
  const sources: OutputSource[] = [];
  for (const output of outputs) {
    const source = encodeOutput(output, budget);
    const last = sources.at(-1);
    const joined = last === undefined ? null : together(last, source);
    if (joined === null) sources.push(source);
    else sources[sources.length - 1] = joined;
  }
  return sources;
}

function encodeOutput(output: Output, budget: Budget): OutputSource {
  const { result, call } = output;
  if (result.type !== 'Step') return encodeContainer(output, result.type, budget);
  const { name } = result;
  const value = callResultOf(result);
  const isHere = result.content !== NOT_HERE;
  if (call !== null && !(isHere && takes(budget, value))) return { name, result: { call } };
  return { name, ...(result.skipped && { skipped: true }), ...value };
}

function encodeContainer(
  { result, children }: Output,
  type: ContainerType,
  budget: Budget,
): OutputSource {
  const { name, error } = result;
  const steps = encodeOutputs(children, budget);
  const more = beyond(type, result, children);
  return { name, type, steps, ...(error !== null && { error }), ...more };
}

/** `null` where the second isn't the next pass of the first. */
function together(one: OutputSource, next: OutputSource): OutputSource | null {
  if (!('result' in one && 'result' in next) || one.name !== next.name) return null;
  const first = passOf(one.result.call);
  const second = passOf(next.result.call);
  if (first === null || first.stem !== second?.stem) return null;
  return second.nth === (one.to ?? first.nth) + 1 ? { ...one, to: second.nth } : null;
}
