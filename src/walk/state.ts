import type { JsonObject } from '../plan/json.js';
import type { CallId } from '../plan/reference.js';
import { apply, diff, join, type StatePatch } from '../plan/state-patch.js';

/** The session state at one moment of a run, and how it came from the one before. */
export class State {
  private constructor(
    readonly value: JsonObject,
    readonly before: State | null,
    readonly patch: StatePatch | null,
    /** The call whose result holds `patch`; `null` where the walk made it. */
    readonly call: CallId | null,
  ) {}

  static initial(value: JsonObject): State {
    return new State(value, null, null, null);
  }

  /** The state after a change of which no call is known. */
  changed(patch: StatePatch | undefined): State {
    return patch === undefined ? this : new State(apply(this.value, patch), this, patch, null);
  }

  after(call: CallId, patch: StatePatch | undefined): State {
    return patch === undefined ? this : new State(apply(this.value, patch), this, patch, call);
  }

  /** The state after branches that each began with this one, in the order of the definition, whatever ended first. */
  joined(branches: readonly State[]): State {
    const patches = branches
      .map((branch) => diff(this.value, branch.value))
      .filter((patch) => patch !== null);
    if (patches.length === 0) return this;
    const value = join(this.value, patches);
    const patch = diff(this.value, value);
    return patch === null ? this : new State(value, this, patch, null);
  }
}
