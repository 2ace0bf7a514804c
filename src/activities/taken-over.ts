import type { CallResult } from '../plan/contract.js';
import { textOf } from '../plan/json.js';
import type { Message, ToolRequest } from '../plan/model.js';
import { messagesOf, type Conversation } from './conversation.js';

/**
 * Begins with what another agent was sent and answered, up to the turn that hands its task over, and with that task. The
 * tools that were called aren't this agent's, and some servers refuse calls of any other: it is told in words what they gave.
 * Users and assistants take turns, since some models know it no other way.
 */
export function takenOver(
  before: Conversation | null,
  { content }: CallResult,
  task: string,
): Conversation {
  const told: Said[] = [];
  let calls: readonly ToolRequest[] = [];
  for (const message of messagesOf(before)) {
    switch (message.role) {
      case 'system':
        break;
      case 'user':
        add(told, message);
        break;
      case 'assistant':
        ({ calls } = message);
        add(told, spoken(message.text));
        break;
      case 'tool':
        add(told, { role: 'user', text: resultOf(message, calls) });
    }
  }
  add(told, spoken(textOf(content ?? null)));
  add(told, { role: 'user', text: task });
  return { before: null, messages: told };
}

/** A text that tells what tools gave, without that: it may be another when the same is said again. */
export function withoutResults(text: string): string {
  return text.replace(/<tool_result>\n[^]*?\n<\/tool_result>/g, '');
}

type Said = Extract<Message, { readonly role: 'user' | 'assistant' }>;

function spoken(text: string): Said {
  return { role: 'assistant', text, calls: [] };
}

function resultOf(
  { request, text }: Extract<Message, { readonly role: 'tool' }>,
  calls: readonly ToolRequest[],
): string {
  const { name = '', arguments: args = '' } = calls.find(({ id }) => id === request) ?? {};
  // What a tool gives, a page of the web say, is not to end it and to go on as the user.
  const given = `${name}(${args}):\n${text}`.replaceAll('</tool_result>', '<\\/tool_result>');
  return `<tool_result>\n${given}\n</tool_result>`;
}

/** What one says after the other of the same role is one message. */
function add(told: Said[], next: Said): void {
  const last = told.at(-1);
  if (last?.role === next.role) {
    const text = [last.text, next.text].filter((each) => each !== '').join('\n\n');
    told[told.length - 1] = { ...last, text };
  } else if (next.role === 'user' || next.text !== '') told.push(next);
}
