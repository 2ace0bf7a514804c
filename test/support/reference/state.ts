import type { Json, JsonObject } from '../golden-case.js';
import { canonical, isObject } from './values.js';

/** The run's state option over a stored state: objects are merged, for anything else the upper one wins. */
export function overlay(under: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    merged.set(key, isObject(below) && isObject(value) ? overlay(below, value) : value);
  }
  return Object.fromEntries(merged);
}

/** The state after branches that each began with `fork`: what they changed, in the order of the definition. */
export function joined(fork: JsonObject, branches: readonly JsonObject[]): JsonObject {
  return joinObject(fork, fork, branches);
}

/** `base` is `fork`, unless a branch has replaced it. */
function joinObject(
  base: JsonObject,
  fork: JsonObject,
  branches: readonly JsonObject[],
): JsonObject {
  const joint = new Map(Object.entries(base));
  for (const key of new Set([fork, ...branches].flatMap(Object.keys))) {
    const before = valueAt(fork, key);
    const changed = branches
      .map((branch) => valueAt(branch, key))
      .filter((after) => !same(before, after));
    // A deleted key is deleted unless another branch changed it.
    const kept = changed.filter((after) => after !== undefined);
    if (kept.length > 0) joint.set(key, joinValue(valueAt(base, key), before, kept));
    else if (changed.length > 0) joint.delete(key);
  }
  return Object.fromEntries(joint);
}

/** A list that only grew is an append, objects join key by key, otherwise the later branch wins. */
function joinValue(
  base: Json | undefined,
  fork: Json | undefined,
  branches: readonly Json[],
): Json {
  let value = base;
  let from = base;
  let merging: JsonObject[] = [];
  for (const branch of branches) {
    if (isGrown(fork, branch) && (value === undefined || Array.isArray(value))) {
      value = [...(value ?? []), ...branch.slice(Array.isArray(fork) ? fork.length : 0)];
    } else if (isMerged(fork, branch) && (value === undefined || isObject(value))) {
      merging = [...merging, branch];
      value = joinObject(isObject(from) ? from : {}, isObject(fork) ? fork : {}, merging);
    } else {
      value = from = branch;
      merging = [];
    }
  }
  return value!;
}

/** What a branch creates counts as grown from empty. */
function isGrown(fork: Json | undefined, branch: Json): branch is Json[] {
  if (!Array.isArray(branch)) return false;
  if (fork === undefined) return true;
  return Array.isArray(fork) && fork.every((item, index) => same(item, branch[index]));
}

function isMerged(fork: Json | undefined, branch: Json): branch is JsonObject {
  return isObject(branch) && (fork === undefined || isObject(fork));
}

function valueAt(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return canonical(one) === canonical(other);
}
