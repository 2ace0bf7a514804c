import type { ZodType } from 'zod';
import type { Executor, StepContext } from '../plan/executor.js';
import { isJsonObject, type Json, type JsonObject } from '../plan/json.js';
import { RESERVED_PREFIX, type RunEnd } from '../plan/contract.js';
import { DEFAULT_HISTORY_RUNS } from '../plan/limits.js';
import type { Policy } from '../plan/plan.js';
import type { StepInput } from '../plan/step-input.js';
import { NotJsonError, toJson } from '../plan/to-json.js';
import { Check } from './check.js';
import { compile } from './compile.js';
import { children, fromFunction, type BuiltNode, type Node } from './container.js';
import { givenPolicy, type PolicyOptions } from './policy.js';

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
  /** What the state of a new session, or of a run without one, begins with; the option of `run` is laid over it. */
  readonly sessionState?: JsonObject;
  /**
   * Runs of one session overlap, each beginning with the state as it is stored then; or they run one after the other, in
   * the order of their start.
   * @default 'overlap'
   */
  readonly sessionConcurrency?: 'overlap' | 'queue';
  /** Tells agents what earlier runs of the session were asked, and what they came to. Steps may say otherwise. @default false */
  readonly addWorkflowHistoryToSteps?: boolean;
  /** How many runs they are told of, the latest. @default 3 */
  readonly numHistoryRuns?: number;
  /**
   * Called once when a run is over, however it ended: a notification, say. It can't change what the run came to, not by
   * failing either. Not called for a run that is cancelled before a worker took it, or by force.
   */
  readonly onFinish?: FinishExecutor<Input> | FinishOptions<Input>;
  /** Earlier names. Runs that started under one of them go on. */
  readonly aliases?: readonly string[];
}

/**
 * What is called when a run is over. It sees what a step at the run's end would see, and how the run ended: `status`,
 * `content`, `error`. Of a run whose input was refused (`error.code` is `INPUT_INVALID`) the input is as it was given.
 */
export type FinishExecutor<Input = never> = (
  end: StepInput<Input> & RunEnd,
  context: StepContext,
) => unknown;

/** What is called when a run is over, and its own policy: by default 5 retries and a timeout of a minute. */
export interface FinishOptions<Input = Json> extends PolicyOptions {
  readonly executor: FinishExecutor<Input>;
}

const KNOWN = [
  ...['name', 'id', 'description', 'steps', 'inputSchema', 'taskQueue', 'sessionState'],
  ...['sessionConcurrency', 'addWorkflowHistoryToSteps', 'numHistoryRuns', 'onFinish', 'aliases'],
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
  readonly sessionConcurrency: 'overlap' | 'queue';
  readonly addWorkflowHistoryToSteps: boolean;
  readonly numHistoryRuns: number;
  readonly aliases: readonly string[];
  /** What was given of the policy. */
  readonly policy: Partial<Policy>;
  readonly onFinish: OnFinish | null;
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
      options.inputSchema === undefined ? null : check.schema('inputSchema', options.inputSchema);
    this.taskQueue =
      options.taskQueue === undefined ? null : check.name('taskQueue', options.taskQueue);
    this.sessionState = checkedState(check, options.sessionState ?? {});
    this.sessionConcurrency = check.oneOf(
      'sessionConcurrency',
      options.sessionConcurrency === undefined ? 'overlap' : options.sessionConcurrency,
      ['overlap', 'queue'],
    );
    this.addWorkflowHistoryToSteps =
      check.flag('addWorkflowHistoryToSteps', options.addWorkflowHistoryToSteps) ?? false;
    this.numHistoryRuns =
      check.count('numHistoryRuns', options.numHistoryRuns) ?? DEFAULT_HISTORY_RUNS;
    this.aliases = check
      .names('aliases', options.aliases)
      .map((name) => workflowName(check, 'aliases', name));
    this.policy = givenPolicy(options, check);
    this.onFinish = onFinishOf(check, options.onFinish);
    this.steps =
      typeof options.steps === 'function'
        ? Object.freeze([fromFunction(check, 'steps', options.steps as Executor)])
        : children(check, 'steps', options.steps);
    compile(this);
  }
}

/**
 * What is called when a run is over, checked.
 *
 * @inline
 */
export interface OnFinish {
  readonly executor: FinishExecutor;
  readonly policy: Partial<Policy>;
}

function onFinishOf<Input>(
  check: Check,
  given: FinishExecutor<Input> | FinishOptions<Input> | undefined,
): OnFinish | null {
  if (given === undefined) return null;
  if (typeof given === 'function') return { executor: given, policy: {} };
  if (typeof given !== 'object') check.fail('onFinish', 'be a function', given);
  const inner = new Check(`${check.at}: \`onFinish\``);
  inner.known(given, ['executor', 'maxRetries', 'retry', 'timeout']);
  if (typeof given.executor !== 'function') inner.fail('executor', 'be a function', given.executor);
  return { executor: given.executor, policy: givenPolicy(given, inner) };
}

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

function checkedState(check: Check, state: JsonObject): JsonObject {
  if (!isJsonObject(state)) check.fail('sessionState', 'be an object', state);
  try {
    return Object.freeze(toJson(state, 'sessionState') as JsonObject);
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    return check.fail(error.path, 'be JSON', error.value);
  }
}
