import type { ZodType } from 'zod';
import type { Executor } from '../plan/executor.js';
import { isJsonObject, type Json, type JsonObject } from '../plan/json.js';
import { RESERVED_PREFIX } from '../plan/contract.js';
import type { Policy } from '../plan/plan.js';
import { NotJsonError, toJson } from '../plan/to-json.js';
import { Check } from './check.js';
import { compile } from './compile.js';
import { children, fromFunction, type BuiltNode, type Node } from './container.js';
import { DEFAULT_POLICY, givenPolicy, type PolicyOptions } from './policy.js';

/** What a `Workflow` is made of. The policy holds for each step that has none of its own. */
export interface WorkflowOptions<Input = Json, Given = Input> extends PolicyOptions {
  /**
   * The Temporal workflow type: the Web UI, `temporal workflow start --type` and clients in other languages know the
   * workflow by it. After a rename give the old name in `aliases`.
   */
  readonly name: string;
  /**
   * Begins the ids of its runs.
   * @default the name in lower case, with `-` for what isn't a letter or a digit
   */
  readonly id?: string;
  /** For people who read the definition. */
  readonly description?: string;
  /** What the workflow does, in order: at least one node; or one function, which is then its only step. */
  readonly steps: readonly Node<Input>[] | Executor<Input>;
  /**
   * Checks and types the input: by the client where it has the definition, by the worker always, and the worker's
   * parse is what steps see. A string that it refuses is tried once more as JSON.
   */
  readonly inputSchema?: ZodType<Input, Given>;
  /**
   * The Temporal task queue whose workers run it.
   * @default the client's and the worker's own, 'outlast' where they name none
   */
  readonly taskQueue?: string;
  /** What the session state of a run begins with; the option of `run` is laid over it. */
  readonly sessionState?: JsonObject;
  /** Earlier names. Runs that started under one of them go on. */
  readonly aliases?: readonly string[];
}

const KNOWN = [
  ...['name', 'id', 'description', 'steps', 'inputSchema', 'taskQueue', 'sessionState', 'aliases'],
  ...['maxRetries', 'retry', 'timeout'],
];

const HINTS = {
  db: "be left out: the Temporal server keeps the runs, whatever process they were started from. For a local server that keeps them across restarts: startLocal({ workflows, file: 'tmp/workflow.db' })",
};

/** A definition: a name and nodes. It holds no state; every run of it stands on its own. */
export class WorkflowDefinition<Input = Json, Output = Json, Given = Input> {
  readonly name: string;
  readonly id: string;
  readonly description: string | null;
  readonly steps: readonly BuiltNode[];
  readonly inputSchema: ZodType<Input> | null;
  readonly taskQueue: string | null;
  readonly sessionState: JsonObject;
  readonly aliases: readonly string[];
  readonly policy: Policy;
  /** For the types alone: what a run is given, and what it comes to. */
  declare protected readonly takes?: (input: Given) => Output;

  /** @throws DefinitionError */
  constructor(options: WorkflowOptions<Input, Given>) {
    Check.of('Workflow', options).known(options, KNOWN, HINTS);
    this.name = workflowName(new Check('Workflow'), 'name', options.name);
    const check = new Check(this.name);
    this.id = options.id === undefined ? slug(check, this.name) : checkedId(check, options.id);
    this.description = check.text('description', options.description);
    this.inputSchema =
      options.inputSchema === undefined ? null : checkedSchema(check, options.inputSchema);
    this.taskQueue =
      options.taskQueue === undefined ? null : check.name('taskQueue', options.taskQueue);
    this.sessionState = checkedState(check, options.sessionState ?? {});
    this.aliases = check
      .names('aliases', options.aliases)
      .map((name) => workflowName(check, 'aliases', name));
    this.policy = { ...DEFAULT_POLICY, ...givenPolicy(options, check) };
    this.steps =
      typeof options.steps === 'function'
        ? Object.freeze([fromFunction(check, 'steps', options.steps as Executor)])
        : children(check, 'steps', options.steps);
    compile(this);
  }
}

/** Tells definitions from what else may stand in a list of them. One that another copy of this package made counts. */
export function isWorkflow(value: unknown): value is AnyWorkflow {
  if (typeof value !== 'object' || value === null) return false;
  const { name, steps, policy } = value as Partial<AnyWorkflow>;
  return typeof name === 'string' && Array.isArray(steps) && typeof policy === 'object';
}

/** A workflow of whatever input and output. */
export type AnyWorkflow = WorkflowDefinition<unknown, unknown, never>;

function workflowName(check: Check, option: string, value: unknown): string {
  const name = check.name(option, value);
  if (name.startsWith(RESERVED_PREFIX) || name.startsWith('__temporal')) {
    check.fail(
      option,
      `not begin with '${RESERVED_PREFIX}' or '__temporal', which name workflows of the engine`,
      name,
    );
  }
  return name;
}

/** `Deep Research Pipeline` → `deep-research-pipeline`. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
}

const MAX_ID_LENGTH = 100;

function slug(check: Check, name: string): string {
  const id = slugOf(name).slice(0, MAX_ID_LENGTH);
  return id === '' ? check.fail('name', 'have a letter or a digit, or `id` be given', name) : id;
}

function checkedId(check: Check, value: unknown): string {
  const id = check.name('id', value);
  if (id.length > MAX_ID_LENGTH)
    check.fail('id', `have at most ${String(MAX_ID_LENGTH)} characters`, id);
  return id;
}

function checkedSchema<Input>(check: Check, schema: ZodType<Input>): ZodType<Input> {
  const parse = (schema as Partial<ZodType<Input>> | null)?.safeParseAsync;
  return typeof parse === 'function'
    ? schema
    : check.fail('inputSchema', 'be a zod schema', schema);
}

function checkedState(check: Check, state: JsonObject): JsonObject {
  if (!isJsonObject(state)) check.fail('sessionState', 'be an object', state);
  try {
    return Object.freeze(toJson(state, 'sessionState') as JsonObject);
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    return check.fail(error.path, 'be JSON', error.value);
  }
}
