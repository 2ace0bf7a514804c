import type { Duration } from '../plan/duration.js';
import type { Model, ModelOptions } from '../plan/model.js';
import type { Policy } from '../plan/plan.js';
import { Check } from './check.js';
import { isModel, modelOptions, OPTIONS } from './model.js';
import { givenPolicy, type PolicyOptions } from './policy.js';
import type { Tool } from './tool.js';

/**
 * What an {@link Agent} is made of. The policy holds for each turn of the model; what is left out of it is the
 * workflow's. The options of the model are laid over the model's own.
 */
export interface AgentOptions extends PolicyOptions, ModelOptions {
  /** How the Web UI calls its activities, and its step where that has no name of its own. */
  readonly name: string;
  /** `openai('gpt-5-mini')`, `gemini(…)`, `openaiCompatible(…)` or `offline()`. */
  readonly model: Model;
  /** What it is to do and how; a list is given as a list. */
  readonly instructions?: string | readonly string[];
  /** What it may call, in lists as tools come. */
  readonly tools?: readonly (Tool | readonly Tool[])[];
  /** Who it is: the beginning of what the model is told. */
  readonly description?: string;
  /** What its answer is to be like: the end of what the model is told. */
  readonly expectedOutput?: string;
  /**
   * How often the model is called at most. An agent that then still asks for tools fails its step.
   * @default 25
   */
  readonly maxTurns?: number;
  /**
   * For each turn of the model; at most 24 days.
   * @default '10 minutes'
   */
  readonly timeout?: Duration;
}

const KNOWN = [
  ...['name', 'model', 'instructions', 'tools', 'description', 'expectedOutput', 'maxTurns'],
  ...['maxRetries', 'retry', 'timeout'],
  ...OPTIONS,
];

const DEFAULT_MAX_TURNS = 25;

/**
 * A model with instructions and tools, as the work of a step. It is sent the content that flows in, or the run's input
 * where that is empty, and its answer flows on. Each turn of the model and each tool call is an activity of its own, so
 * a crash repeats at most what was under way.
 */
export class Agent {
  readonly kind = 'agent';
  readonly name: string;
  readonly model: Model;
  readonly tools: readonly Tool[];
  readonly maxTurns: number;
  /** What the model is told before everything else; `null` for nothing. */
  readonly system: string | null;
  /** What was given of the policy; the rest is the workflow's. */
  readonly policy: Partial<Policy>;

  /** @throws DefinitionError */
  constructor(options: AgentOptions) {
    Check.of('Agent', options).known(options, KNOWN);
    this.name = new Check('Agent').name('name', options.name);
    const check = new Check(this.name);
    if (!isModel(options.model))
      check.fail('model', "be a model, such as openai('gpt-5-mini') or offline()", options.model);
    this.model = Object.freeze({
      ...options.model,
      options: { ...options.model.options, ...modelOptions(check, options) },
    });
    this.tools = toolsOf(check, options.tools ?? []);
    this.maxTurns = check.integer('maxTurns', options.maxTurns ?? DEFAULT_MAX_TURNS, 1);
    this.system = systemOf(check, options);
    this.policy = givenPolicy(options, check);
    Object.freeze(this);
  }
}

/** Tells agents from what else may stand in a list of nodes. One that another copy of this package made counts. */
export function isAgent(item: unknown): item is Agent {
  return typeof item === 'object' && item !== null && 'kind' in item && item.kind === 'agent';
}

function toolsOf(check: Check, given: unknown): readonly Tool[] {
  if (!Array.isArray(given)) check.fail('tools', 'be a list of tools', given);
  const tools = new Map<string, Tool>();
  for (const item of (given as unknown[]).flat()) {
    if (!isTool(item))
      check.fail('tools', 'hold tools, made by tool({ … }), and lists of them', item);
    if (tools.has(item.name)) check.fail('tools', 'have names that differ', item.name);
    tools.set(item.name, item);
  }
  return Object.freeze([...tools.values()]);
}

function isTool(item: unknown): item is Tool {
  return typeof item === 'object' && item !== null && 'kind' in item && item.kind === 'tool';
}

/** As Agno puts it together, with an empty line between the parts. */
function systemOf(
  check: Check,
  { description, instructions, expectedOutput }: AgentOptions,
): string | null {
  const parts: string[] = [];
  if (description !== undefined) parts.push(check.filled('description', description));
  if (instructions !== undefined) {
    const text = instructionsOf(check, instructions);
    parts.push(`<instructions>\n${text}\n</instructions>`);
  }
  if (expectedOutput !== undefined) {
    const text = check.filled('expectedOutput', expectedOutput);
    parts.push(`<expected_output>\n${text}\n</expected_output>`);
  }
  return parts.length === 0 ? null : parts.join('\n\n');
}

function instructionsOf(check: Check, given: unknown): string {
  if (typeof given === 'string') return check.filled('instructions', given);
  if (!Array.isArray(given) || given.length === 0)
    check.fail('instructions', 'be a string, or a list of at least one', given);
  const lines = check.texts('instructions', given);
  return lines.map((line) => `- ${line}`).join('\n');
}
