import type { CallResult, SomeMedia } from '../plan/contract.js';
import { isEmpty, textOf, type Json } from '../plan/json.js';
import { promptOf, type Message } from '../plan/model.js';
import { historyContext, type PastRun } from '../plan/past-run.js';

/** What a model was sent and answered so far, without the system's message: a list that grows without copying. */
export interface Conversation {
  readonly before: Conversation | null;
  readonly messages: readonly Message[];
}

/** A tool's answer: what it gave, why it failed, or what each member of a team answers. */
export type ToolAnswer =
  | OneAnswer
  | { readonly members: readonly { readonly name: string; readonly answer: OneAnswer }[] };

export type OneAnswer = { readonly value: Json } | { readonly failed: string };

/**
 * Begins with earlier runs, where the agent is told of them, and the content that flows in, or the run's input where that is
 * empty; with the media that flow in.
 */
export function begun(
  flow: Json,
  input: Json,
  history: readonly PastRun[],
  media: SomeMedia,
): Conversation {
  const text = historyContext(history) + promptOf(isEmpty(flow) ? input : flow);
  const isText = Object.keys(media).length === 0;
  return { before: null, messages: [{ role: 'user', text, ...(!isText && { media }) }] };
}

/** The media that it has begun with. */
export function mediaIn(conversation: Conversation | null): SomeMedia {
  let first = conversation;
  while (first !== null && first.before !== null) first = first.before;
  const message = first?.messages[0];
  return message?.role === 'user' ? (message.media ?? {}) : {};
}

/**
 * Goes on after a turn that asked for tools, or whose answer was refused.
 *
 * @param isLast The agent is to answer without tools, because its budget is spent.
 */
export function continued(
  before: Conversation | null,
  { content, calls = [], fault }: CallResult,
  answers: readonly ToolAnswer[],
  isLast: boolean,
): Conversation {
  const text = textOf(content ?? null);
  const told = calls.map(({ id }, index): Message => ({
    role: 'tool',
    request: id,
    text: toldOf(answers[index]),
  }));
  const asked = [...(fault === undefined ? [] : [refusal(fault)]), ...(isLast ? [FINISH] : [])];
  const more = asked.map((each): Message => ({ role: 'user', text: each }));
  return { before, messages: [{ role: 'assistant', text, calls }, ...told, ...more] };
}

/** From the first message to the last. */
export function messagesOf(conversation: Conversation | null): Message[] {
  const parts: (readonly Message[])[] = [];
  for (let at = conversation; at !== null; at = at.before) parts.push(at.messages);
  return parts.reverse().flat();
}

/** For a model that is to be told in words alone. */
export function withoutMedia(message: Message): Message {
  return message.role === 'user' ? { role: 'user', text: message.text } : message;
}

const FINISH = 'There is nothing left to spend on tools. Give your answer now, by what you know.';

/** Characters of a tool's answer that a model is given. The whole stands in the history. */
const MAX_TOLD = 100_000;

function refusal(fault: string): string {
  return `Your answer is refused: ${fault}. Answer again, with the corrected JSON alone.`;
}

function toldOf(answer: ToolAnswer | undefined): string {
  if (answer === undefined) return 'Error: there is no answer.';
  if ('members' in answer)
    return answer.members
      .map(({ name, answer: own }) => `=== ${name} ===\n${toldOf(own)}`)
      .join('\n\n');
  if ('failed' in answer) return `Error: ${answer.failed}`;
  const text = textOf(answer.value);
  if (text === '') return '(nothing)';
  if (text.length <= MAX_TOLD) return text;
  // Half a character, which a cut may leave behind, is no UTF-8: some servers refuse it.
  const cut = text.slice(0, MAX_TOLD).replace(/\p{Surrogate}$/u, '');
  return `${cut}\n(cut here: the answer has ${String(text.length)} characters)`;
}
