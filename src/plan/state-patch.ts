import { isJsonObject, put, type Json, type JsonObject } from './json.js';

/** How a session state was changed, key by key. Recorded in histories instead of the state. */
export interface StatePatch {
  readonly [key: string]: Change;
}

type Change =
  | { readonly set: Json }
  | { readonly append: readonly Json[] }
  | { readonly merge: StatePatch }
  | { readonly delete: true };

/** What leads from `before` to `after`; `null` when nothing changed. */
export function diff(before: JsonObject, after: JsonObject): StatePatch | null {
  if (before === after) return null;
  const changes: Record<string, Change> = {};
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) put(changes, key, { delete: true });
  }
  for (const [key, value] of Object.entries(after)) {
    const change = changeOf(Object.hasOwn(before, key) ? before[key] : undefined, value);
    if (change !== null) put(changes, key, change);
  }
  return Object.keys(changes).length === 0 ? null : changes;
}

/** The state after a patch. What the patch doesn't touch is shared with the state before, which stays as it is. */
export function apply(state: JsonObject, patch: StatePatch): JsonObject {
  const next: JsonObject = { ...state };
  for (const [key, change] of Object.entries(patch)) {
    if ('delete' in change) Reflect.deleteProperty(next, key);
    else put(next, key, changed(Object.hasOwn(state, key) ? state[key] : undefined, change));
  }
  return next;
}

/**
 * The state after changes that were made side by side, each to the state at the fork. Taken in the given order, key by
 * key: appended items and keys of objects are all kept, otherwise the later change wins, and a deletion gives way to
 * any other change.
 */
export function join(fork: JsonObject, patches: readonly StatePatch[]): JsonObject {
  const deleted = new Set<string>();
  const kept = new Set<string>();
  for (const patch of patches) {
    for (const [key, change] of Object.entries(patch))
      ('delete' in change ? deleted : kept).add(key);
  }
  const next: JsonObject = { ...fork };
  for (const key of deleted) if (!kept.has(key)) Reflect.deleteProperty(next, key);
  for (const key of kept) {
    const changes = patches.flatMap((patch) =>
      Object.hasOwn(patch, key) ? [patch[key] as Change] : [],
    );
    put(next, key, joinedValue(Object.hasOwn(fork, key) ? fork[key] : undefined, changes));
  }
  return next;
}

/** The values that a patch deletes, in their places; `null` where it deletes none. By them {@link givingWay} goes. */
export function deletedBy(patch: StatePatch, state: JsonObject): JsonObject | null {
  const deleted: JsonObject = {};
  for (const [key, change] of Object.entries(patch)) {
    const value = Object.hasOwn(state, key) ? state[key] : undefined;
    if ('delete' in change && value !== undefined) put(deleted, key, value);
    const inner = 'merge' in change && isJsonObject(value) ? deletedBy(change.merge, value) : null;
    if (inner !== null) put(deleted, key, inner);
  }
  return Object.keys(deleted).length === 0 ? null : deleted;
}

/** A patch without its deletions of what isn't the same any more: a deletion gives way to any other change. */
export function givingWay(patch: StatePatch, deleted: JsonObject, now: JsonObject): StatePatch {
  const kept: Record<string, Change> = {};
  for (const [key, change] of Object.entries(patch)) {
    const [before, value] = [deleted, now].map((at) =>
      Object.hasOwn(at, key) ? at[key] : undefined,
    );
    if ('delete' in change && value !== undefined && !same(before, value)) continue;
    if ('merge' in change && isJsonObject(before) && isJsonObject(value))
      put(kept, key, { merge: givingWay(change.merge, before, value) });
    else put(kept, key, change);
  }
  return kept;
}

function joinedValue(before: Json | undefined, changes: readonly Change[]): Json {
  let value = before;
  let merges: StatePatch[] = [];
  let base = before;
  for (const change of changes) {
    if ('delete' in change) continue;
    if ('merge' in change && (value === undefined || isJsonObject(value))) {
      merges = [...merges, change.merge];
      value = join(isJsonObject(base) ? base : {}, merges);
    } else if ('append' in change && (value === undefined || Array.isArray(value))) {
      value = [...(value ?? []), ...change.append];
    } else {
      value = changed(before, change);
      base = value;
      merges = [];
    }
  }
  return value ?? null;
}

function changeOf(before: Json | undefined, after: Json): Change | null {
  if (isJsonObject(after) && (before === undefined || isJsonObject(before))) {
    const merge = diff(before ?? {}, after);
    if (merge !== null) return { merge };
    return before === undefined ? { merge: {} } : null;
  }
  if (Array.isArray(after) && before === undefined) return { append: after };
  if (Array.isArray(after) && Array.isArray(before)) {
    const grown =
      after.length >= before.length && before.every((item, index) => same(item, after[index]));
    if (!grown) return { set: after };
    return after.length === before.length ? null : { append: after.slice(before.length) };
  }
  return same(before, after) ? null : { set: after };
}

function changed(before: Json | undefined, change: Exclude<Change, { delete: true }>): Json {
  if ('set' in change) return change.set;
  if ('append' in change) return [...(Array.isArray(before) ? before : []), ...change.append];
  return apply(isJsonObject(before) ? before : {}, change.merge);
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => same(item, other[index]));
  }
  if (!isJsonObject(one) || !isJsonObject(other)) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]))
  );
}
