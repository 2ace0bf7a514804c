import type { QuestionContext } from '../plan/executor.js';
import type { Json } from '../plan/json.js';
import type { Question } from '../plan/plan.js';
import type { StepInput } from '../plan/step-input.js';
import {
  asked,
  checkSiblings,
  children,
  containerOf,
  functionOf,
  type BuiltNode,
  type ContainerOptions,
  type Node,
  type QuestionOptions,
} from './container.js';

/**
 * Says whether a condition is met, from what a step in its place would see. It is called once, within 10 s; what it throws
 * fails the node. A call that takes longer than a second, or whose worker is lost, is made once more: so it shouldn't
 * change anything.
 */
export type Evaluator<Input = never> = (
  input: StepInput<Input>,
  context: QuestionContext,
) => boolean | Promise<boolean>;

/** What a {@link Condition} is made of. */
export interface ConditionOptions<Input = Json> extends ContainerOptions, QuestionOptions {
  /** @default 'Condition' */
  readonly name?: string;
  /** Whether the condition is met. */
  readonly evaluator: Evaluator<Input> | boolean;
  /** What is done if it is, in order: at least one. */
  readonly steps: readonly Node<Input>[];
  /** What is done if it isn't. @default nothing: the condition is skipped */
  readonly elseSteps?: readonly Node<Input>[];
}

/**
 * Steps in order that are done if an evaluator says so, and others if it doesn't.
 *
 * @throws DefinitionError
 */
export class Condition<Input = Json> {
  readonly kind = 'condition';
  readonly name: string;
  readonly description: string | null;
  readonly aliases: readonly string[];
  readonly evaluator: Evaluator<Input> | boolean;
  readonly question: Question;
  readonly steps: readonly BuiltNode[];
  readonly elseSteps: readonly BuiltNode[];

  constructor(options: ConditionOptions<Input>) {
    const own = ['evaluator', 'steps', 'elseSteps', 'evaluate'];
    const { check, ...container } = containerOf('Condition', options, own);
    const { evaluator, elseSteps } = options;
    this.name = container.name;
    this.description = container.description;
    this.aliases = container.aliases;
    this.evaluator =
      typeof evaluator === 'boolean' ? evaluator : functionOf(check, 'evaluator', evaluator);
    this.question = asked(check, options);
    this.steps = children(check, 'steps', options.steps);
    this.elseSteps = elseSteps === undefined ? [] : children(check, 'elseSteps', elseSteps);
    checkSiblings(check, [...this.steps, ...this.elseSteps]);
    Object.freeze(this);
  }
}
