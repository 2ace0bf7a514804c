import type { ZodType } from 'zod';
import { DefinitionError } from '../plan/errors.js';
import type { Executor } from '../plan/executor.js';
import type { Json } from '../plan/json.js';
import type { Policy } from '../plan/plan.js';
import { isAgent, type Agent } from './agent.js';
import { isTeam, type Team } from './team.js';
import { Check } from './check.js';
import { isWorkflow, type AnyWorkflow } from './is-workflow.js';
import { givenPolicy, type PolicyOptions } from './policy.js';

/** What every {@link Step} is made of. What is left out of the policy is the agent's, then the workflow's. */
export interface StepBaseOptions extends PolicyOptions {
  /**
   * How results, events and the Web UI call the step. In a run under way it is what finds the step: after a rename give
   * the old name in `aliases`.
   * @default the executor's, agent's or team's own name, else 'Step'
   */
  readonly name?: string;
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
  /**
   * Tells the step's agent what earlier runs of the session were asked, and what they came to. A function asks for that
   * itself: `getWorkflowHistory`.
   * @default the workflow's `addWorkflowHistoryToSteps`
   */
  readonly addWorkflowHistory?: boolean;
  /** How many runs it is told of, the latest. @default the workflow's `numHistoryRuns` */
  readonly numHistoryRuns?: number;
  /** Earlier names. Runs that started under one of them go on. */
  readonly aliases?: readonly string[];
}

/** What a {@link Step} is made of: a function, an agent or a workflow, beside what every step has. */
export type StepOptions<Input = Json, Output = unknown, Given = Output> = StepBaseOptions &
  (
    | {
        /** What the step does. */
        readonly executor: Executor<Input, NoInfer<Given>>;
        /**
         * A zod schema that checks and types the content that the executor gives; what it makes of it, as JSON, is the step's
         * content. What it refuses is a failed attempt. It is the worker's: a run under way meets the newest one.
         */
        readonly outputSchema?: ZodType<Output, Given>;
        readonly agent?: never;
        readonly team?: never;
        readonly workflow?: never;
      }
    | {
        /** Who does it. `maxRetries`, `retry` and `timeout` are those of each turn of its model. */
        readonly agent: Agent;
        readonly team?: never;
        readonly outputSchema?: never;
        readonly executor?: never;
        readonly workflow?: never;
      }
    | {
        /** Who does it. `maxRetries`, `retry` and `timeout` are those of each turn of its models. */
        readonly team: Team;
        readonly agent?: never;
        readonly outputSchema?: never;
        readonly executor?: never;
        readonly workflow?: never;
      }
    | {
        /**
         * A run of its own is the step's work: its input is what flows in, or the run's input where that is empty, and its
         * content flows on. Its steps have their own policies, so the step has none.
         */
        readonly workflow: AnyWorkflow;
        readonly outputSchema?: never;
        readonly executor?: never;
        readonly agent?: never;
        readonly team?: never;
        readonly maxRetries?: never;
        readonly retry?: never;
        readonly timeout?: never;
      }
  );

const KNOWN = [
  'name',
  'executor',
  'agent',
  'team',
  'workflow',
  'outputSchema',
  'description',
  'onError',
  'taskQueue',
  'addWorkflowHistory',
  'numHistoryRuns',
  'aliases',
  'maxRetries',
  'retry',
  'timeout',
] as const;

/**
 * The unit of work: one executor, called once a run (more often only after a failure or a crash), one agent, one
 * team, or one workflow.
 *
 * @throws DefinitionError
 */
export class Step<Input = Json, Output = unknown, Given = Output> {
  readonly kind = 'step';
  readonly name: string;
  /** `null` where something else does the work. */
  readonly executor: Executor<Input> | null;
  /** `null` for none: its content may be any JSON. */
  readonly outputSchema: ZodType<Output> | null;
  /** An agent, or the leader of a team; `null` where something else does the work. */
  readonly agent: Agent | Team | null;
  /** `null` where something else does the work. */
  readonly workflow: AnyWorkflow | null;
  readonly description: string | null;
  readonly onError: 'fail' | 'skip';
  readonly taskQueue: string | null;
  /** `null`: as the workflow says. */
  readonly addWorkflowHistory: boolean | null;
  readonly numHistoryRuns: number | null;
  readonly aliases: readonly string[];
  /** What was given of the policy; the rest is the workflow's. */
  readonly policy: Partial<Policy>;

  constructor(options: StepOptions<Input, Output, Given>) {
    Check.of('Step', options).known(options, KNOWN, {
      skipOnFailure: "be given as `onError: 'skip'`",
      timeoutSeconds: "be given as `timeout: '30 seconds'`",
    });
    this.name = new Check('Step').nodeName(options.name ?? nameOf(options));
    const check = new Check(this.name);
    const { executor, agent, workflow } = workerOf(check, options);
    this.executor = executor as Executor<Input> | null;
    this.agent = agent;
    this.workflow = workflow;
    this.outputSchema = schemaOf<Output>(check, options);
    this.description = check.text('description', options.description);
    this.onError = check.oneOf(
      'onError',
      options.onError === undefined ? 'fail' : options.onError,
      ['fail', 'skip'],
    );
    this.taskQueue =
      options.taskQueue === undefined ? null : check.name('taskQueue', options.taskQueue);
    this.addWorkflowHistory = check.flag('addWorkflowHistory', options.addWorkflowHistory);
    this.numHistoryRuns = check.count('numHistoryRuns', options.numHistoryRuns);
    this.aliases = check.nodeNames('aliases', options.aliases);
    this.policy = givenPolicy(options, check);
    Object.freeze(this);
  }
}

/** Options as programs without types may give them. */
type Untyped = Readonly<Partial<Record<(typeof KNOWN)[number], unknown>>>;

/** Who does a step's work, which is one only. */
function workerOf(
  check: Check,
  { executor, agent, team, workflow, ...policy }: Untyped,
): Pick<Step, 'agent' | 'workflow'> & { readonly executor: unknown } {
  const given = [executor, agent, team, workflow].filter((worker) => worker !== undefined);
  if (given.length > 1) {
    const must = 'have one of `executor`, `agent`, `team` and `workflow`, not more';
    throw new DefinitionError({ at: check.at, must });
  }
  const nobody = { executor: null, agent: null, workflow: null };
  if (agent !== undefined)
    return isAgent(agent) ? { ...nobody, agent } : check.fail('agent', 'be an Agent', agent);
  if (team !== undefined)
    return isTeam(team) ? { ...nobody, agent: team } : check.fail('team', 'be a Team', team);
  if (workflow !== undefined) {
    if (!isWorkflow(workflow)) check.fail('workflow', 'be a Workflow', workflow);
    for (const option of ['maxRetries', 'retry', 'timeout'] as const)
      if (policy[option] !== undefined)
        check.fail(option, "be given to the workflow's own steps", policy[option]);
    return { ...nobody, workflow };
  }
  if (typeof executor !== 'function') check.fail('executor', 'be a function', executor);
  if (isClass(executor)) {
    const must =
      'be a function, not a class: `(input) => planner.plan(input)` calls an object of one';
    check.fail('executor', must, executor);
  }
  return { ...nobody, executor };
}

/** What a function returns can be checked; of what else may do the work it isn't yet. */
function schemaOf<Output>(
  check: Check,
  { outputSchema, executor }: Untyped,
): ZodType<Output> | null {
  if (outputSchema === undefined) return null;
  if (executor === undefined) check.fail('outputSchema', WITH_EXECUTOR, outputSchema);
  return check.schema('outputSchema', outputSchema as ZodType<Output>);
}

const WITH_EXECUTOR =
  'be given with an `executor`; an agent and a team have one of their own, and what a workflow gives is not checked yet';

/** Classes are functions that can't be called. */
export function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

/** A function that is written in the place of an option is called after it by JavaScript, which isn't a name. */
const NO_NAMES: readonly string[] = ['', 'executor', 'steps'];

/** What is none of them is refused a moment later, under this name. */
function nameOf({ executor, agent, team, workflow }: Untyped): string {
  if (isAgent(agent)) return agent.name;
  if (isTeam(team)) return team.name;
  if (isWorkflow(workflow)) return workflow.name;
  return typeof executor === 'function' && !NO_NAMES.includes(executor.name)
    ? executor.name
    : 'Step';
}
