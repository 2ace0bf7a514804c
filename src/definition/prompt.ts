import { NonRetryableError } from '../plan/errors.js';
import type { Prompt, TurnContext } from '../plan/executor.js';
import { textOf } from '../plan/json.js';
import type { Check } from './check.js';

/**
 * Gives an agent's instructions, by what is known of the run. It is called on the worker, before the first turn's model
 * is asked; what it gave stands in the history, so later turns are told the same, whatever worker takes them. Where that
 * turn is tried again it is called again. What it throws fails the turn like an executor's error.
 */
export type Instructions = (
  context: TurnContext,
) => string | readonly string[] | Promise<string | readonly string[]>;

/** What an agent tells its model before everything else. */
export interface PromptOptions {
  /**
   * What it is to do and how; a list is given as a list. A function gives them to each conversation anew: an empty text
   * or list for none.
   */
  readonly instructions?: string | readonly string[] | Instructions;
  /** Who it is: the beginning of what the model is told, and what a team's leader is told of it. */
  readonly description?: string;
  /** What its answer is to be like: it stands behind the instructions. */
  readonly expectedOutput?: string;
  /** Asks for answers in Markdown. @default false */
  readonly markdown?: boolean;
  /**
   * Tells it the session state at the end of the system's message, as the state was when its first turn began: what its
   * tools change it is told by what they give. @default false
   */
  readonly addSessionStateToContext?: boolean;
}

export const PROMPT_OPTIONS: readonly (keyof PromptOptions)[] = [
  ...(['instructions', 'description', 'expectedOutput', 'markdown'] as const),
  'addSessionStateToContext',
];

/**
 * The system's message as Agno puts it together, with an empty line between the parts.
 *
 * @throws DefinitionError
 */
export function promptFrom(check: Check, options: PromptOptions): Prompt {
  const { description, instructions, expectedOutput, markdown, addSessionStateToContext } = options;
  const before = description === undefined ? [] : [check.filled('description', description)];
  const own = typeof instructions === 'function' ? null : instructionsOf(check, instructions);
  const after: string[] = [];
  if (check.flag('markdown', markdown) === true)
    after.push(tagged('additional_information', '- Use markdown to format your answers.'));
  if (expectedOutput !== undefined)
    after.push(tagged('expected_output', check.filled('expectedOutput', expectedOutput)));
  const tellsState = check.flag('addSessionStateToContext', addSessionStateToContext) === true;
  return {
    instructions:
      typeof instructions === 'function'
        ? async (context) => listed(given(check.at, await instructions(context)))
        : null,
    system(asked, state) {
      const text = own ?? asked ?? '';
      const middle = text === '' ? [] : [tagged('instructions', text)];
      const end = tellsState ? [tagged('session_state', textOf(state))] : [];
      const parts = [...before, ...middle, ...after, ...end];
      return parts.length === 0 ? null : parts.join('\n\n');
    },
  };
}

function tagged(tag: string, text: string): string {
  return `<${tag}>\n${text}\n</${tag}>`;
}

function instructionsOf(check: Check, value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string') return check.filled('instructions', value);
  if (!Array.isArray(value) || value.length === 0)
    check.fail(
      'instructions',
      'be a string, or a list of at least one, or a function that gives them',
      value,
    );
  return listed(check.texts('instructions', value));
}

function listed(text: string | readonly string[]): string {
  return typeof text === 'string' ? text : text.map((line) => `- ${line}`).join('\n');
}

/** @throws NonRetryableError: it would give the same again */
function given(agent: string, value: unknown): string | readonly string[] {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((line) => typeof line === 'string')) return value;
  const got = value === null ? 'null' : Array.isArray(value) ? 'another list' : typeof value;
  throw new NonRetryableError(
    `The function in \`instructions\` of '${agent}' must give a string, or a list of strings, got ${got}`,
  );
}
