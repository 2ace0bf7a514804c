import type { OutputSource, PatchSource, Source, StateSource, Visible } from '../plan/contract.js';
import { jsonBytes, type Json } from '../plan/json.js';
import { INLINE_BYTES, INLINE_TOTAL_BYTES } from '../plan/limits.js';
import type { CallId } from '../plan/reference.js';
import { callResultOf } from '../plan/result.js';
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
  source(value: Json, from: 'input' | 'additionalData'): Source {
    return jsonBytes(value) <= INLINE_BYTES ? { value } : { from };
  }

  /** For a call that is being scheduled: later calls may refer to it. */
  call(
    call: CallId,
    scope: Scope,
    state: State,
  ): { sees: Visible | undefined; state: StateSource } {
    const budget = { left: INLINE_TOTAL_BYTES };
    return { state: this.#state(state, call, budget), sees: this.#visible(scope, call, budget) };
  }

  #visible(scope: Scope, call: CallId, budget: Budget): Visible | undefined {
    const news: Output[] = [];
    let known: CallId | undefined;
    for (let at: Scope | null = scope; at !== null; at = at.before) {
      known = this.#scopes.get(at);
      if (known !== undefined) break;
      if (at.last !== null) news.push(at.last);
    }
    if (known === undefined || news.length > 0) this.#scopes.set(scope, call);
    const outputs = news.reverse().map((output) => encodeOutput(output, budget));
    if (known === undefined && outputs.length === 0) return undefined;
    return {
      ...(known !== undefined && { after: { call: known } }),
      ...(outputs.length > 0 && { outputs }),
    };
  }

  #state(state: State, call: CallId, budget: Budget): StateSource {
    const patches: PatchSource[] = [];
    let known: CallId | undefined;
    for (let at: State | null = state; at !== null; at = at.before) {
      known = this.#states.get(at);
      if (known !== undefined) break;
      if (at.patch !== null)
        patches.push(at.call === null ? { patch: at.patch } : { result: { call: at.call } });
    }
    if (known === undefined || patches.length > 0) this.#states.set(state, call);
    // Without an earlier call to refer to, a large state is recorded here, once.
    if (known === undefined || takes(budget, state.value)) return { value: state.value };
    return { after: { call: known }, patches: patches.reverse() };
  }
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
    return { name, type, steps: children.map((child) => encodeOutput(child, budget)) };
  }
  const value = callResultOf(result);
  // A skipped step has failed: its output stands in no result that could be referred to.
  if (call !== null && !result.skipped && !takes(budget, value)) return { name, result: { call } };
  return { name, ...(result.skipped && { skipped: true }), ...value };
}
