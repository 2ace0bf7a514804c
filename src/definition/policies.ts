import type { Policy } from '../plan/plan.js';

/** The policies of a workflow's steps, each once. */
export class Policies {
  readonly list: Policy[] = [];
  readonly #indices = new Map<string, number>();

  /** Of the default with what is laid over it. */
  indexOf(base: Policy, ...given: readonly Partial<Policy>[]): number {
    const merged = given.reduce<Policy>((under, over) => ({ ...under, ...over }), base);
    const maxInterval = Math.max(merged.initialInterval, merged.maxInterval);
    const policy = { ...merged, maxInterval };
    const key = JSON.stringify(policy);
    const index = this.#indices.get(key) ?? this.list.push(policy) - 1;
    this.#indices.set(key, index);
    return index;
  }
}
