import type { LoadedSession, RunSettings } from '../plan/contract.js';
import { isJsonObject, put, type JsonObject } from '../plan/json.js';
import type { Plan } from '../plan/plan.js';

/** The session state that a run finds: its session's, else the workflow's own. */
export function foundState(plan: Plan, session: LoadedSession | null): JsonObject {
  return session?.state ?? plan.sessionState;
}

/** The session state that a run begins with: what it finds, overlaid with the run's option, which wins, or that alone. */
export function startState(
  plan: Plan,
  { sessionState, overwriteSessionState }: RunSettings,
  session: LoadedSession | null,
): JsonObject {
  if (overwriteSessionState === true) return sessionState ?? {};
  const found = foundState(plan, session);
  return sessionState === undefined ? found : overlay(found, sessionState);
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
