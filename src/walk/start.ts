import type { RunSettings } from '../plan/contract.js';
import { isJsonObject, put, type JsonObject } from '../plan/json.js';
import type { Plan } from '../plan/plan.js';

/** The session state that a run begins with: the workflow's own, overlaid with the run's option, which wins. */
export function startState(plan: Plan, options: RunSettings): JsonObject {
  return options.sessionState === undefined
    ? plan.sessionState
    : overlay(plan.sessionState, options.sessionState);
}

/** One state laid over another: objects are merged, anything else is the upper one's. */
export function overlay(under: JsonObject, over: JsonObject): JsonObject {
  const merged: JsonObject = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(under, key) ? under[key] : undefined;
    put(merged, key, isJsonObject(value) && isJsonObject(below) ? overlay(below, value) : value);
  }
  return merged;
}
