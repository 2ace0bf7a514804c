import type { QuestionContext } from '../plan/executor.js';
import type { Json } from '../plan/json.js';
import type { Question } from '../plan/plan.js';
import type { StepInput } from '../plan/step-input.js';
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

/** What a selector may answer with: a choice's name, or the choice itself. */
export type Choice<Input = never> = string | Node<Input>;

/**
 * Selects from a router's choices: one, several, which are done in that order, or none (`null`, an empty list). It sees
 * what a step in its place would see, is called once, within 10 s, and what it throws fails the node. A call that takes
 * longer than a second, or whose worker is lost, is made once more: so it shouldn't change anything.
 */
export type Selector<Input = never> = (
  input: StepInput<Input>,
  context: QuestionContext,
) => Selection<Input> | Promise<Selection<Input>>;

/** One choice, several, or none. */
export type Selection<Input = never> = Choice<Input> | readonly Choice<Input>[] | null;

/** What a {@link Router} is made of. */
export interface RouterOptions<Input = Json> extends ContainerOptions, QuestionOptions {
  /** @default 'Router' */
  readonly name?: string;
  /** Which of the choices are done. */
  readonly selector: Selector<Input>;
  /** At least one. Of those with one name the first is meant by it. */
  readonly choices: readonly Node<Input>[];
}

/**
 * Those of its choices that its selector names, in the order in which it names them.
 *
 * @throws DefinitionError
 */
export class Router<Input = Json> {
  readonly kind = 'router';
  readonly name: string;
  readonly description: string | null;
  readonly aliases: readonly string[];
  readonly selector: Selector<Input>;
  readonly question: Question;
  readonly choices: readonly BuiltNode[];
  /** The choices as they were given, which a selector may answer with. */
  readonly given: readonly unknown[];

  constructor(options: RouterOptions<Input>) {
    const { check, ...container } = containerOf('Router', options, [
      'selector',
      'choices',
      'evaluate',
    ]);
    this.name = container.name;
    this.description = container.description;
    this.aliases = container.aliases;
    this.selector = functionOf(check, 'selector', options.selector);
    this.question = asked(check, options);
    this.choices = children(check, 'choices', options.choices);
    this.given = Object.freeze([...options.choices]);
    Object.freeze(this);
  }
}
