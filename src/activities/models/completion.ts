import type { Json } from '../../plan/json.js';
import type { ModelAnswer, ModelRequest, ToolRequest, Usage } from '../../plan/model.js';
import { ModelError } from '../../plan/model-error.js';
import type { Access } from './access.js';
import {
  ANSWER_CUT,
  ANSWER_EMPTY,
  ANSWER_INVALID,
  ANSWER_REFUSED,
  CONTENT_FILTERED,
  verdictOf,
  type Verdict,
} from './errors.js';
import { quoted, saidBy } from './said.js';

/** As far as it is read. Servers that speak the protocol almost leave out, or add, what they like. */
export interface Completion {
  readonly choices?:
    | readonly ({
        readonly message?: CompletionMessage | null;
        readonly finish_reason?: unknown;
        readonly error?: unknown;
      } | null)[]
    | null;
  readonly error?: unknown;
  readonly usage?: {
    readonly prompt_tokens?: unknown;
    readonly completion_tokens?: unknown;
    readonly prompt_tokens_details?: { readonly cached_tokens?: unknown } | null;
    readonly completion_tokens_details?: { readonly reasoning_tokens?: unknown } | null;
  } | null;
}

export interface CompletionMessage {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly tool_calls?: unknown;
}

export interface CompletionCall {
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown } | null;
}

/**
 * The answer in a completion.
 *
 * @throws ModelError
 */
export function answerOf(
  where: string,
  given: unknown,
  { messages }: ModelRequest,
  access: Access,
): ModelAnswer {
  const completion: Completion = typeof given === 'object' && given !== null ? given : {};
  const choice = completion.choices?.[0];
  const error = completion.error ?? choice?.error ?? null;
  if (error !== null) throw failureWithin(where, error, access);
  const message = choice?.message;
  if (typeof message !== 'object' || message === null) {
    const said = typeof given === 'string' ? given : JSON.stringify(given ?? null);
    throw new ModelError(
      `${where} answers what is no completion: ${quoted(said, access)}`,
      ANSWER_INVALID,
    );
  }
  const asked: unknown = message.tool_calls;
  const calls = Array.isArray(asked) ? (asked as readonly (CompletionCall | null)[]) : [];
  // Some servers give none, or the same to all: the answers could then not be told apart.
  const ids = new Set(calls.map((call) => call?.id));
  const areApart =
    ids.size === calls.length && [...ids].every((id) => typeof id === 'string' && id !== '');
  const answer: ModelAnswer = {
    text: textOf(message.content) ?? '',
    calls: calls.map((call, index) => {
      const id = areApart ? call?.id : `call_${String(messages.length)}_${String(index + 1)}`;
      return requestOf(where, String(id), call);
    }),
    usage: usageOf(completion),
  };
  const refusal = textOf(message.refusal) ?? '';
  const fault = faultOf(answer, refusal, choice?.finish_reason);
  if (fault === null) return answer;
  throw new ModelError(`${where} ${quoted(fault.message, access)}`, fault.verdict);
}

interface Fault {
  readonly message: string;
  readonly verdict: Verdict;
}

/** Why an answer in due form is none. A text that the limit cuts is one, as far as it goes. */
function faultOf({ text, calls }: ModelAnswer, refusal: string, reason: unknown): Fault | null {
  const isEmpty = text.trim() === '' && calls.length === 0;
  const finish = typeof reason === 'string' ? reason : 'none';
  if (refusal !== '' && isEmpty)
    return { message: `declines to answer: ${refusal}`, verdict: ANSWER_REFUSED };
  // Google adds why.
  if (finish.startsWith('content_filter'))
    return {
      message: `holds its answer back (finish_reason: ${finish})`,
      verdict: CONTENT_FILTERED,
    };
  if (LIMITS.has(finish) && (isEmpty || calls.some(({ arguments: args }) => !isJson(args)))) {
    const place = isEmpty ? 'before its text' : 'within a call of a tool';
    const message = `is cut off by the limit of tokens ${place} (finish_reason: ${finish}). Raise \`maxTokens\`, or ask for less`;
    return { message, verdict: ANSWER_CUT };
  }
  if (!isEmpty) return null;
  return { message: `answers nothing (finish_reason: ${finish})`, verdict: ANSWER_EMPTY };
}

/** What providers call it that an answer came to its limit. */
const LIMITS: ReadonlySet<string> = new Set(['length', 'model_length', 'max_tokens']);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Gateways tell of a failure that comes late under the status of success. */
function failureWithin(where: string, error: unknown, access: Access): ModelError {
  const said = saidBy({ error: error as Json });
  const { code } = error as { code?: unknown };
  const status = Number.isInteger(code) ? (code as number) : 502;
  return new ModelError(
    `${where} answers ${String(status)} ${quoted(said.message, access)}`,
    verdictOf(status, said),
  );
}

/** Some servers give a text in parts, with what a model thought beside them. */
export function textOf(content: unknown): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const parts = content as ({ readonly text?: unknown } | null)[];
  return parts.map((part) => (typeof part?.text === 'string' ? part.text : '')).join('');
}

function requestOf(where: string, id: string, call: CompletionCall | null): ToolRequest {
  const { name, arguments: args } = call?.function ?? {};
  if (typeof name !== 'string')
    throw new ModelError(`${where} asks for a tool without a name`, ANSWER_INVALID);
  return { id, name, arguments: typeof args === 'string' ? args : JSON.stringify(args ?? {}) };
}

function usageOf({ usage }: Completion): Usage | null {
  const { prompt_tokens: input, completion_tokens: output } = usage ?? {};
  if (typeof input !== 'number' || typeof output !== 'number') return null;
  const cached = usage?.prompt_tokens_details?.cached_tokens;
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens;
  return {
    ...{ input, output },
    ...(typeof cached === 'number' && { cached }),
    ...(typeof reasoning === 'number' && { reasoning }),
  };
}
