import { isJsonObject, type Json, type JsonObject } from '../../plan/json.js';
import type { Access } from './access.js';
import type { Said } from './errors.js';

/** What a provider says of a failure, in whichever of their forms. What is no JSON is its message. */
export function saidIn(text: string): Said {
  try {
    return saidBy(JSON.parse(text) as Json);
  } catch {
    return { message: text, codes: [] };
  }
}

/**
 * `{ error: { message, code, type } }` is OpenAI's form. Google puts it in a list, Mistral and FastAPI leave `error` out, and
 * some servers have a text in its place.
 */
export function saidBy(body: Json | undefined): Said {
  if (Array.isArray(body)) return saidBy(body[0]);
  if (!isJsonObject(body)) return { message: textOf(body), codes: [] };
  const error = body['error'] ?? body;
  if (!isJsonObject(error)) return { message: textOf(error), codes: [] };
  const { message, detail, code, type, status, innererror, metadata } = error;
  const inner = isJsonObject(innererror) ? innererror['code'] : undefined;
  return {
    message: [textOf(message ?? detail ?? error), ...upstream(metadata)].join(': '),
    codes: [code, type, status, inner].filter((word) => typeof word === 'string'),
  };
}

/** What the server behind a gateway said, as OpenRouter hands it on. */
function upstream(metadata: JsonObject[string] | undefined): readonly string[] {
  const raw = isJsonObject(metadata) ? metadata['raw'] : undefined;
  return raw === undefined ? [] : [textOf(raw)];
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

const MAX_QUOTED = 1_000;

/** What a provider said, without keys: the one that was sent, and what looks like one, for they are quoted in part. */
export function quoted(text: string, { apiKey }: Pick<Access, 'apiKey'>): string {
  const whole = apiKey === null ? text : text.replaceAll(apiKey, HIDDEN);
  const hidden = whole.replace(/\b(?:[a-z]{0,4}[sp]k[-_]|AIza|Bearer )[\w*.…-]{6,}/g, HIDDEN);
  return hidden.length > MAX_QUOTED ? `${hidden.slice(0, MAX_QUOTED)}…` : hidden;
}

const HIDDEN = '[key]';
