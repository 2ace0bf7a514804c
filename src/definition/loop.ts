import type { QuestionContext } from '../plan/executor.js';
import type { Json } from '../plan/json.js';
import type { StepResult } from '../plan/output.js';
import type { Question } from '../plan/plan.js';
import {
  asked,
  children,
  containerOf,
  functionOf,
  type BuiltNode,
  type ContainerOptions,
  type Node,
  type QuestionOptions,
} from './container.js';

/**
 * Says whether a loop is done, from the results of the iteration's nodes, skipped ones included. It is called once an
 * iteration, within 10 s; what it throws fails the node. A call that takes longer than a second, or whose worker is lost,
 * is made once more: so it shouldn't change anything.
 */
export type EndCondition = (
  outputs: readonly StepResult[],
  context: QuestionContext,
) => boolean | Promise<boolean>;

/** What a {@link Loop} is made of. */
export interface LoopOptions<Input = Json> extends ContainerOptions, QuestionOptions {
  /** @default 'Loop' */
  readonly name?: string;
  /** What an iteration does, in order: at least one. */
  readonly steps: readonly Node<Input>[];
  /** Whether the iteration that has just ended was the last one. @default it wasn't */
  readonly endCondition?: EndCondition;
  /** Iterations at most; 0 skips the loop. @default 3 */
  readonly maxIterations?: number;
  /**
   * Each iteration starts from what flowed out of the one before; otherwise each from what flowed into the loop.
   * @default false
   */
  readonly forwardIterationOutput?: boolean;
}

const DEFAULT_MAX_ITERATIONS = 3;

/**
 * Steps in order, over and over, until its end condition is met or there were `maxIterations`.
 *
 * @throws DefinitionError
 */
export class Loop<Input = Json> {
  readonly kind = 'loop';
  readonly name: string;
  readonly description: string | null;
  readonly aliases: readonly string[];
  readonly steps: readonly BuiltNode[];
  /** `null` for none. */
  readonly endCondition: EndCondition | null;
  readonly question: Question;
  readonly maxIterations: number;
  readonly forwardIterationOutput: boolean;
  /** For the type alone: what its executors take. */
  declare protected readonly takes?: (input: Input) => void;

  constructor(options: LoopOptions<Input>) {
    const own = ['steps', 'endCondition', 'maxIterations', 'forwardIterationOutput', 'evaluate'];
    const { check, ...container } = containerOf('Loop', options, own);
    const { endCondition, maxIterations = DEFAULT_MAX_ITERATIONS } = options;
    this.name = container.name;
    this.description = container.description;
    this.aliases = container.aliases;
    this.endCondition =
      endCondition === undefined ? null : functionOf(check, 'endCondition', endCondition);
    this.question = asked(check, options);
    this.maxIterations = check.integer('maxIterations', maxIterations, 0);
    this.forwardIterationOutput =
      check.flag('forwardIterationOutput', options.forwardIterationOutput) ?? false;
    this.steps = children(check, 'steps', options.steps);
    Object.freeze(this);
  }
}
