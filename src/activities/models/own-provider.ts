import type {
  ModelAnswer,
  ModelDelta,
  ModelProvider,
  ModelRequest,
  ToolRequest,
  Usage,
} from '../../plan/model.js';
import { ModelError } from '../../plan/model-error.js';
import { ANSWER_EMPTY, ANSWER_INVALID } from './errors.js';

/**
 * Asks a provider of the user's, whose answer is recorded like any other: what isn't in due form is refused.
 *
 * @throws ModelError, or what the provider throws
 */
export async function askOwn(
  provider: ModelProvider,
  request: ModelRequest,
  signal: AbortSignal,
  tell: (delta: ModelDelta) => void = () => undefined,
): Promise<ModelAnswer> {
  const given: unknown = await provider.answer(request, signal, (delta) => {
    if (isDelta(delta)) tell(delta);
  });
  const answer = formed(given);
  const where = `the provider '${request.model.provider}'`;
  if (answer === null) {
    const must = '{ text, calls: [{ id, name, arguments }], usage }, with texts in the calls';
    throw new ModelError(`${where} must give ${must}`, ANSWER_INVALID);
  }
  if (answer.text.trim() === '' && answer.calls.length === 0)
    throw new ModelError(`${where} answers nothing`, ANSWER_EMPTY);
  return answer;
}

/** The parts of an answer that are recorded; `null` where they aren't in due form. */
function formed(given: unknown): ModelAnswer | null {
  if (typeof given !== 'object' || given === null) return null;
  const { text, calls, usage = null } = given as { [K in keyof ModelAnswer]?: unknown };
  if (typeof text !== 'string' || !Array.isArray(calls) || !calls.every(isCall)) return null;
  if (new Set(calls.map(({ id }) => id)).size < calls.length) return null;
  if (usage !== null && !isUsage(usage)) return null;
  const asked = calls.map(({ id, name, arguments: args }) => ({ id, name, arguments: args }));
  return { text, calls: asked, usage: usage === null ? null : counts(usage) };
}

/** What is counted of a turn, and nothing that JSON couldn't carry. */
function counts({ input, output, cached, reasoning }: Usage): Usage {
  return {
    ...{ input, output },
    ...(Number.isFinite(cached) && { cached: Number(cached) }),
    ...(Number.isFinite(reasoning) && { reasoning: Number(reasoning) }),
  };
}

function isDelta(delta: unknown): delta is ModelDelta {
  if (typeof delta !== 'object' || delta === null) return false;
  const { kind, text, name } = delta as Readonly<Record<string, unknown>>;
  if (kind === 'tool') return typeof name === 'string';
  return (kind === 'text' || kind === 'reasoning') && typeof text === 'string';
}

function isCall(call: unknown): call is ToolRequest {
  if (typeof call !== 'object' || call === null) return false;
  const { id, name, arguments: args } = call as { [K in keyof ToolRequest]?: unknown };
  return [id, name, args].every((text) => typeof text === 'string') && id !== '';
}

function isUsage(usage: unknown): usage is Usage {
  if (typeof usage !== 'object' || usage === null) return false;
  const { input, output } = usage as { input?: unknown; output?: unknown };
  return Number.isFinite(input) && Number.isFinite(output);
}
