import type { CallResult } from '../plan/contract.js';
import type { StepEntry } from '../plan/executor.js';
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

/** What an executor returned isn't what its step's schema takes. */
export class OutputInvalidError extends Error {
  override readonly name = 'OutputInvalidError';
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
 * What was returned, as history records it: a `StepOutput`, or any content. A step's schema has its say first, so it may
 * make JSON of what is none.
 *
 * @throws NotJsonError, OutputInvalidError
 */
export async function resultFrom(
  returned: unknown,
  { parse }: Pick<StepEntry, 'parse'>,
): Promise<CallResult> {
  const given = StepOutput.is(returned) ? returned.content : returned;
  const parsed = parse === null ? { ok: true as const, content: given } : await parse(given);
  if (!parsed.ok) throw new OutputInvalidError(`the output is refused: ${parsed.faults}`);
  const content = contentOf(parsed.content);
  return StepOutput.is(returned) ? { ...content, ...besides(returned) } : content;
}

/** What an output says beside its content. */
function besides(returned: StepOutput): CallResult {
  const media = MEDIA_KINDS.filter((kind) => returned[kind].length > 0).map((kind) => [
    kind,
    toJson(returned[kind], kind),
  ]);
  return {
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
