import type { ZodType } from 'zod';
import type { StepContext, ToolEntry } from '../plan/executor.js';
import type { JsonObject } from '../plan/json.js';
import type { Policy } from '../plan/plan.js';
import { Check } from './check.js';
import { jsonSchemaOf } from './json-schema.js';
import { faultsOf } from './parse-input.js';
import { givenPolicy, type PolicyOptions } from './policy.js';

/** What a {@link tool} is made of. What is left out of the policy is the workflow's. */
export interface ToolOptions<Given = unknown, Arguments = Given> extends PolicyOptions {
  /** By which the model calls it: 1 to 64 letters, digits, `_` and `-`. */
  readonly name: string;
  /** Tells the model what the tool does, and when to use it. */
  readonly description: string;
  /**
   * What the tool takes: a zod schema of an object. The model is given it as JSON Schema, with the descriptions of its
   * fields; what the model gives is checked by it, and a mistake goes back to the model.
   * @default no arguments
   */
  readonly parameters?: ZodType<Arguments, Given>;
  /**
   * The work. What it returns, any JSON value, is what the model is told; a thrown error is tried again by the policy,
   * and then told. It may run again after a crash: what it does elsewhere should go by `context.idempotencyKey`.
   */
  readonly execute: (args: Arguments, context: StepContext) => unknown;
  /**
   * What a failure does, when its attempts are over: it is told to the model, or it fails the step. Arguments that
   * `parameters` refuses are told in any case.
   * @default 'tell'
   */
  readonly onError?: 'tell' | 'fail';
  /**
   * The queue whose workers call it: they need the workflow as well.
   * @default that of the agent's step
   */
  readonly taskQueue?: string;
}

/** A function that a model may call. Each call is an activity of its own. Made by {@link tool}. */
export class Tool {
  readonly kind = 'tool';
  readonly name: string;
  readonly description: string;
  /** A JSON Schema. */
  readonly parameters: JsonObject;
  /** What was given of the policy; the rest is the workflow's. */
  readonly policy: Partial<Policy>;
  readonly onError: 'tell' | 'fail';
  readonly taskQueue: string | null;
  /** @internal */
  readonly entry: ToolEntry;

  /** @internal */
  constructor(
    entry: ToolEntry,
    policy: Partial<Policy>,
    { onError, taskQueue }: Pick<Tool, 'onError' | 'taskQueue'> = TOLD,
  ) {
    this.name = entry.name;
    this.description = entry.description;
    this.parameters = entry.parameters;
    this.policy = policy;
    this.onError = onError;
    this.taskQueue = taskQueue;
    this.entry = entry;
    Object.freeze(this);
  }
}

/**
 * Makes a tool, with `execute`'s arguments typed by the schema.
 *
 * @throws DefinitionError
 */
export function tool<Given, Arguments = Given>(options: ToolOptions<Given, Arguments>): Tool {
  Check.of('tool', options).known(options, KNOWN);
  const { name, description, parameters, execute } = options;
  if (typeof name !== 'string' || !NAME.test(name))
    new Check('tool').fail('name', 'be 1 to 64 letters, digits, `_` and `-`', name);
  const check = new Check(name);
  if (typeof execute !== 'function') check.fail('execute', 'be a function', execute);
  const entry: ToolEntry = {
    name,
    description: check.filled('description', description),
    parameters: parameters === undefined ? NO_PARAMETERS : schemaOf(check, parameters),
    parse: (given) => parsed(parameters, given),
    execute: (args, context) => execute(args as Arguments, context),
  };
  const { onError = 'tell', taskQueue } = options;
  return new Tool(entry, givenPolicy(options, check), {
    onError: check.oneOf('onError', onError, ['tell', 'fail']),
    taskQueue: taskQueue === undefined ? null : check.name('taskQueue', taskQueue),
  });
}

const KNOWN = [
  ...['name', 'description', 'parameters', 'execute', 'onError', 'taskQueue'],
  ...['maxRetries', 'retry', 'timeout'],
];

const TOLD = { onError: 'tell', taskQueue: null } as const;

/** What OpenAI takes, which others go by. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

const NO_PARAMETERS: JsonObject = { type: 'object', properties: {}, additionalProperties: false };

function schemaOf(check: Check, parameters: ZodType): JsonObject {
  const schema = jsonSchemaOf(check, 'parameters', parameters);
  if (schema['type'] !== 'object') check.fail('parameters', 'be a schema of an object', parameters);
  return schema;
}

async function parsed(
  schema: ZodType | undefined,
  given: JsonObject,
): ReturnType<ToolEntry['parse']> {
  if (schema === undefined) return { ok: true, args: {} };
  const result = await schema.safeParseAsync(given);
  return result.success
    ? { ok: true, args: result.data }
    : { ok: false, faults: faultsOf(result.error) };
}
