import type { Executor } from '../plan/executor.js';
import type { Json } from '../plan/json.js';
import type { Policy } from '../plan/plan.js';
import { Check } from './check.js';
import { givenPolicy, type PolicyOptions } from './policy.js';

/** What a {@link Step} is made of. What is left out of the policy is the workflow's. */
export interface StepOptions<Input = Json> extends PolicyOptions {
  /**
   * How results, events and the Web UI call the step. In a run under way it is what finds the step: after a rename give
   * the old name in `aliases`.
   * @default the executor's own name, else 'Step'
   */
  readonly name?: string;
  /** What the step does. */
  readonly executor: Executor<Input>;
  /** For people who read the definition. */
  readonly description?: string;
  /**
   * What a step does whose attempts are exhausted: it fails the run, or is skipped, and the content before it flows on.
   * @default 'fail'
   */
  readonly onError?: 'fail' | 'skip';
  /**
   * The Temporal task queue whose workers run this step: those with a GPU, say.
   * @default the run's own
   */
  readonly taskQueue?: string;
  /** Earlier names. Runs that started under one of them go on. */
  readonly aliases?: readonly string[];
}

const KNOWN = [
  'name',
  'executor',
  'description',
  'onError',
  'taskQueue',
  'aliases',
  'maxRetries',
  'retry',
  'timeout',
] as const;

/**
 * The unit of work: one executor, called once a run (more often only after a failure or a crash).
 *
 * @throws DefinitionError
 */
export class Step<Input = Json> {
  readonly kind = 'step';
  readonly name: string;
  readonly executor: Executor<Input>;
  readonly description: string | null;
  readonly onError: 'fail' | 'skip';
  readonly taskQueue: string | null;
  readonly aliases: readonly string[];
  /** What was given of the policy; the rest is the workflow's. */
  readonly policy: Partial<Policy>;

  constructor(options: StepOptions<Input>) {
    Check.of('Step', options).known(options, KNOWN, {
      skipOnFailure: "be given as `onError: 'skip'`",
    });
    this.name = new Check('Step').name('name', options.name ?? nameOf(options.executor));
    const check = new Check(this.name);
    if (typeof options.executor !== 'function')
      check.fail('executor', 'be a function', options.executor);
    this.executor = options.executor;
    this.description = check.text('description', options.description);
    this.onError = check.oneOf(
      'onError',
      options.onError === undefined ? 'fail' : options.onError,
      ['fail', 'skip'],
    );
    this.taskQueue =
      options.taskQueue === undefined ? null : check.name('taskQueue', options.taskQueue);
    this.aliases = check.names('aliases', options.aliases);
    this.policy = givenPolicy(options, check);
    Object.freeze(this);
  }
}

/** A function that is written in the place of an option is called after it by JavaScript, which isn't a name. */
const NO_NAMES: readonly string[] = ['', 'executor', 'steps'];

/** An executor that isn't a function is refused a moment later, under this name. */
function nameOf(executor: unknown): string {
  return typeof executor === 'function' && !NO_NAMES.includes(executor.name)
    ? executor.name
    : 'Step';
}
