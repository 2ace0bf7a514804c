import type { CallResult } from '../plan/contract.js';
import { jsonBytes, type Json, type JsonObject } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import { MEDIA_KINDS, type MediaKind } from '../plan/output.js';
import { diff, type StatePatch } from '../plan/state-patch.js';
import { StepOutput } from '../plan/step-output.js';
import { toJson } from '../plan/to-json.js';

/** A result is larger than Temporal stores. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';
}

/** How a call changed the session state; nothing where it didn't. */
export function changeOf(
  before: JsonObject,
  sessionState: JsonObject,
): { readonly state?: StatePatch } {
  const patch = diff(before, toJson(sessionState, 'sessionState') as JsonObject);
  return patch === null ? {} : { state: patch };
}

/**
 * A result as it is.
 *
 * @throws TooLargeError
 */
export function storable(result: CallResult): CallResult {
  const bytes = jsonBytes(result);
  if (bytes > MAX_PAYLOAD_BYTES) throw new TooLargeError(tooLarge(bytes));
  return result;
}

/**
 * What was returned, as history records it: a `StepOutput`, or any content.
 *
 * @throws NotJsonError
 */
export function resultFrom(returned: unknown): CallResult {
  if (!StepOutput.is(returned)) return contentOf(returned);
  const media = MEDIA_KINDS.filter((kind) => returned[kind].length > 0).map((kind) => [
    kind,
    toJson(returned[kind], kind),
  ]);
  return {
    ...contentOf(returned.content),
    ...(!returned.success && { success: false }),
    ...(returned.stop && { stop: true }),
    ...(returned.error !== null && { error: returned.error }),
    ...(Object.fromEntries(media) as Pick<CallResult, MediaKind>),
  };
}

/**
 * Content as history records it.
 *
 * @throws NotJsonError
 */
export function contentOf(value: unknown): { readonly content?: Json } {
  const content = value === undefined ? null : toJson(value, 'content');
  return content === null ? {} : { content };
}

function tooLarge(bytes: number): string {
  return (
    `the result takes ${String(bytes)} bytes as JSON, more than the ${String(MAX_PAYLOAD_BYTES)} that Temporal stores. ` +
    `Put it where the next step can fetch it, and return its address`
  );
}
