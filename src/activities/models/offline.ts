import { isJsonObject, type Json, type JsonObject } from '../../plan/json.js';
import type { Message, ModelAnswer, ModelRequest, ToolDescription } from '../../plan/model.js';
import { termsOf } from '../../text/language.js';
import { findingsIn, questionIn, type Finding } from './offline/notes.js';
import { picked } from './offline/pick.js';
import { writeNotes } from './offline/write.js';

/**
 * A deterministic program in the place of a language model. With a search tool it searches, by the prompt's question
 * and by what the instructions look for; then, or without one, it picks the sentences that say most about the question
 * out of what it was given, and cites where they stand.
 */
export function answerOffline({ messages, tools }: ModelRequest): ModelAnswer {
  const system = textsOf(messages, 'system');
  const prompt = textsOf(messages, 'user');
  const question = questionIn(prompt);
  const search = tools.find(takesQuery);
  if (search !== undefined && !messages.some(({ role }) => role === 'tool')) {
    return { text: '', calls: requestsOf(search, question, system), usage: null };
  }
  const found = messages.flatMap((message) =>
    message.role === 'tool' ? resultsIn(message.text) : [],
  );
  const isSearch = search !== undefined;
  const material = isSearch ? found : findingsIn(prompt);
  const findings = picked(question, material, isSearch ? 'sentences' : 'whole');
  return {
    text: writeNotes(question, findings, { isReport: /\breport\b/i.test(system), isSearch }),
    calls: [],
    usage: null,
  };
}

function textsOf(messages: readonly Message[], role: Message['role']): string {
  return messages
    .filter((message) => message.role === role)
    .map(({ text }) => text)
    .join('\n\n');
}

/** A tool that wants a query, and nothing else that it couldn't make up. */
function takesQuery({ parameters }: ToolDescription): boolean {
  const { properties, required } = parameters;
  if (!isJsonObject(properties) || !isJsonObject(properties['query'])) return false;
  return !Array.isArray(required) || required.every((name) => name === 'query');
}

/** Terms of the instructions that a second search adds: as many as a question has. */
const MAX_FOCUS = 6;

function requestsOf(
  { name }: ToolDescription,
  question: string,
  system: string,
): ModelAnswer['calls'] {
  const focus = [...new Set(termsOf(system))].slice(0, MAX_FOCUS).join(' ');
  const queries = focus === '' ? [question] : [question, `${question} ${focus}`];
  return queries.map((query, index) => ({
    id: `call_${String(index + 1)}`,
    name,
    arguments: JSON.stringify({ query }),
  }));
}

/** What a search tool gave: a list of texts, with where each stands. Anything else is one text. */
function resultsIn(text: string): Finding[] {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return [];
  }
  const items = Array.isArray(value) ? value : [];
  return items.filter(isJsonObject).flatMap((item) => {
    const text = proseOf(firstOf(item, ['text', 'snippet', 'content', 'summary', 'body']));
    return text === '' ? [] : [{ text, source: sourceOf(item) }];
  });
}

/** Without code and tables, of which no sentence is to be picked. */
function proseOf(text: string): string {
  return text
    .replace(/^(```|~~~)[^]*?(?:^\1[^\n]*$|(?![^]))/gm, '')
    .replace(/^\s*\|.*$/gm, '')
    .trim();
}

function sourceOf(item: JsonObject): string {
  const place = firstOf(item, ['document', 'url', 'link', 'file', 'title']);
  const heading = firstOf(item, ['heading', 'title']);
  return heading === '' || heading === place ? place : `${place}: ${heading}`;
}

function firstOf(item: JsonObject, keys: readonly string[]): string {
  const found = keys
    .map((key) => item[key])
    .find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found : '';
}
