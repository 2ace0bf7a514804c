import type { ZodType } from 'zod';
import type { Duration } from '../plan/duration.js';
import type { AgentHooks, OutputEntry, Prompt } from '../plan/executor.js';
import type { Model, ModelOptions } from '../plan/model.js';
import type { Budget, Policy } from '../plan/plan.js';
import { budgetOf, type BudgetOptions } from './budget.js';
import { Check } from './check.js';
import { jsonSchemaOf } from './json-schema.js';
import { isModel, modelOptions, OPTIONS } from './model.js';
import { parseContent } from './parse-input.js';
import { givenPolicy, type PolicyOptions } from './policy.js';
import { PROMPT_OPTIONS, promptFrom, type PromptOptions } from './prompt.js';
import type { Tool } from './tool.js';

/**
 * What an agent and the leader of a team are made of. The policy holds for each turn of the model; what is left out of it
 * is the workflow's. The options of the model are laid over the model's own.
 */
export interface AnyAgentOptions extends PromptOptions, PolicyOptions, ModelOptions {
  /** How the Web UI calls its activities, and its step where that has no name of its own. */
  readonly name: string;
  /** `openai('gpt-5-mini')`, `gemini(…)`, `openaiCompatible(…)` or `offline()`. */
  readonly model: Model;
  /** What it may call, in lists as tools come. */
  readonly tools?: readonly (Tool | readonly Tool[])[];
  /**
   * A zod schema of what it answers: the content is then what the schema makes of the answer's JSON. An answer that it
   * refuses goes back to the model with what is wrong, twice at most; then the step fails.
   * @default its answer is text
   */
  readonly outputSchema?: ZodType;
  /**
   * Sends its model the images, sounds and PDFs that flow in, as far as the model's protocol has a form for them. `false` for
   * models that take text alone.
   * @default true
   */
  readonly sendMediaToModel?: boolean;
  /**
   * Tells it what earlier runs of the session were asked, and what they came to. Its step may say otherwise.
   * @default the workflow's `addWorkflowHistoryToSteps`
   */
  readonly addHistoryToContext?: boolean;
  /** How many runs it is told of, the latest. @default the workflow's `numHistoryRuns` */
  readonly numHistoryRuns?: number;
  /**
   * How many calls of tools it may ask for, over all turns. For one more it is told so, and goes on without.
   * @default no limit but that of the turns
   */
  readonly toolCallLimit?: number;
  /**
   * What it may take in all, with those that it asks: `{ tokens: 100_000, cost: 0.5, duration: '10 minutes' }`, or some of
   * these. Before each turn it is looked whether one of them is spent: the last turn may go beyond. A member of a team, or who is
   * handed a task, may take what is left of it. What failed isn't known, though it may have been paid.
   * @default no limit
   */
  readonly budget?: BudgetOptions;
  /**
   * What becomes of it when the budget is spent: its step fails, or it has one more turn to answer, without tools. The same
   * goes for those that it asks: they fail, which it is told, or answer.
   * @default 'fail'
   */
  readonly onBudget?: 'fail' | 'finish';
  /**
   * Functions around its turns and the calls of its tools: to look at what goes in and out, to refuse it, to keep a record.
   * @default none
   */
  readonly hooks?: AgentHooks;
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
  ...['name', 'model', 'tools', 'outputSchema', 'maxTurns', 'toolCallLimit', 'budget', 'onBudget'],
  ...['addHistoryToContext', 'numHistoryRuns', 'sendMediaToModel', 'hooks'],
  ...PROMPT_OPTIONS,
  ...['maxRetries', 'retry', 'timeout'],
  ...OPTIONS,
];

const HINTS = { price: "be given to the model: openai('gpt-5-mini', { price: { … } })" };

const DEFAULT_MAX_TURNS = 25;

/** What agents and leaders of teams have, checked. */
export class AnyAgent {
  readonly name: string;
  readonly description: string | null;
  readonly model: Model;
  readonly tools: readonly Tool[];
  readonly maxTurns: number;
  /** `null` for none. */
  readonly toolCallLimit: number | null;
  /** `null` for none. */
  readonly budget: Budget | null;
  /** `null`: as the workflow says. */
  readonly addHistoryToContext: boolean | null;
  readonly numHistoryRuns: number | null;
  readonly sendsMedia: boolean;
  readonly hooks: AgentHooks;
  /** What was given of the policy; the rest is the workflow's. */
  readonly policy: Partial<Policy>;
  /** @internal */
  readonly prompt: Prompt;
  /** @internal */
  readonly output: OutputEntry | null;

  /**
   * @param own The options that this kind has beside.
   * @throws DefinitionError
   */
  protected constructor(kind: string, options: AnyAgentOptions, own: readonly string[] = []) {
    Check.of(kind, options).known(options, [...KNOWN, ...own], HINTS);
    this.name = new Check(kind).name('name', options.name);
    const check = new Check(this.name);
    const { model, tools = [], maxTurns = DEFAULT_MAX_TURNS, description } = options;
    if (!isModel(model))
      check.fail('model', "be a model, such as openai('gpt-5-mini') or offline()", model);
    this.model = Object.freeze({
      ...model,
      options: { ...model.options, ...modelOptions(check, options) },
    });
    this.tools = toolsOf(check, tools);
    this.maxTurns = check.integer('maxTurns', maxTurns, 1);
    this.toolCallLimit =
      options.toolCallLimit === undefined
        ? null
        : check.integer('toolCallLimit', options.toolCallLimit, 1);
    this.budget = budgetOf(check, options.budget, options.onBudget);
    this.addHistoryToContext = check.flag('addHistoryToContext', options.addHistoryToContext);
    this.numHistoryRuns = check.count('numHistoryRuns', options.numHistoryRuns);
    this.sendsMedia = check.flag('sendMediaToModel', options.sendMediaToModel) ?? true;
    this.description = description === undefined ? null : check.filled('description', description);
    this.prompt = promptFrom(check, options);
    this.hooks = hooksOf(check, options.hooks);
    this.output = outputOf(check, options);
    this.policy = givenPolicy(options, check);
  }

  /** @throws DefinitionError if a tool has the name that is meant for asking others */
  protected lacks(delegation: string): void {
    const must = 'have other names than that by which others are asked';
    if (this.tools.some(({ name }) => name === delegation))
      new Check(this.name).fail('tools', must, delegation);
  }
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

function hooksOf(check: Check, given: AgentHooks | undefined): AgentHooks {
  if (given === undefined) return {};
  const own = new Check(`${check.at}: \`hooks\``);
  own.known(given, HOOKS);
  const hooks = HOOKS.flatMap((name): [string, unknown][] => {
    const hook: unknown = given[name];
    if (hook === undefined) return [];
    if (typeof hook !== 'function') return own.fail(name, 'be a function', hook);
    // They may be methods.
    return [[name, hook.bind(given) as unknown]];
  });
  return Object.freeze(Object.fromEntries(hooks));
}

const HOOKS: readonly (keyof AgentHooks)[] = ['beforeTurn', 'afterTurn', 'beforeTool', 'afterTool'];

function outputOf(check: Check, { outputSchema, model }: AnyAgentOptions): OutputEntry | null {
  if (outputSchema === undefined) return null;
  const schema = jsonSchemaOf(check, 'outputSchema', outputSchema);
  if (model.provider === 'offline')
    check.fail('outputSchema', 'be left out with offline(), which answers in sentences', schema);
  return { schema, parse: (given) => parseContent(outputSchema, given) };
}
