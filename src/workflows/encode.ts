import type {
  OutputSource,
  PatchSource,
  Source,
  StateSource,
  ToolOutcome,
  Visible,
} from '../plan/contract.js';
import { jsonBytes, type Json } from '../plan/json.js';
import { INLINE_BYTES, INLINE_TOTAL_BYTES } from '../plan/limits.js';
import type { CallId } from '../plan/reference.js';
import { callResultOf } from '../plan/result.js';
import type { ToolEnd } from '../walk/host.js';
import type { Output, Scope } from '../walk/scope.js';
import type { State } from '../walk/state.js';

/**
 * Makes what a call is given small: large values become references, and what an earlier call was given already is
 * named by that call. It remembers which call was the first to be given a scope or a state.
 */
export class Encoder {
  readonly #scopes = new WeakMap<Scope, CallId>();
  readonly #states = new WeakMap<State, CallId>();

  /** A value that the run's start holds, inline where it is small. */
  source(value: Json, from: Extract<Source, { readonly from: string }>['from']): Source {
    return jsonBytes(value) <= INLINE_BYTES ? { value } : { from };
  }

  /** What a call is given of outputs, where it sees any, and state. Once it is sure to be scheduled, later calls may refer to it. */
  encode(state: State, scope?: Scope): Encoded {
    const budget = { left: INLINE_TOTAL_BYTES };
    const given = this.#state(state, budget);
    const sees = scope === undefined ? null : this.#visible(scope, budget);
    return {
      state: given.source,
      sees: sees?.source,
      remember: (call) => {
        if (given.isNews) this.#states.set(state, call);
        if (scope !== undefined && sees?.isNews === true) this.#scopes.set(scope, call);
      },
    };
  }

  /** What a model is told of the tools that it asked for. */
  outcomes(ends: readonly ToolEnd[]): ToolOutcome[] {
    const budget = { left: INLINE_TOTAL_BYTES };
    return ends.map((end) => {
      if (end.kind === 'failed') return { failed: end.message };
      const value = end.result.content ?? null;
      return takes(budget, value) ? { value } : { result: { call: end.call } };
    });
  }

  #visible(scope: Scope, budget: Budget): News<Visible | undefined> {
    const news: Output[] = [];
    let known: CallId | undefined;
    for (let at: Scope | null = scope; at !== null; at = at.before) {
      known = this.#scopes.get(at);
      if (known !== undefined) break;
      if (at.last !== null) news.push(at.last);
    }
    const isNews = known === undefined || news.length > 0;
    const outputs = news.reverse().map((output) => encodeOutput(output, budget));
    if (known === undefined && outputs.length === 0) return { source: undefined, isNews };
    return {
      isNews,
      source: {
        ...(known !== undefined && { after: { call: known } }),
        ...(outputs.length > 0 && { outputs }),
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
  readonly sees: Visible | undefined;
  readonly state: StateSource;
  readonly remember: (call: CallId) => void;
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

function encodeOutput({ result, call, children }: Output, budget: Budget): OutputSource {
  const { name, type } = result;
  if (type !== 'Step') {
    const steps = children.map((child) => encodeOutput(child, budget));
    return { name, type, steps, ...(result.error !== null && { error: result.error }) };
  }
  const value = callResultOf(result);
  if (call !== null && !takes(budget, value)) return { name, result: { call } };
  return { name, ...(result.skipped && { skipped: true }), ...value };
}
