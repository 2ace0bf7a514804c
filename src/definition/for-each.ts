import type { QuestionContext } from '../plan/executor.js';
import type { Json } from '../plan/json.js';
import type { Question } from '../plan/plan.js';
import type { StepInput } from '../plan/step-input.js';
import {
  asked,
  built,
  containerOf,
  type BuiltNode,
  type ContainerOptions,
  type Node,
  type QuestionOptions,
} from './container.js';

/**
 * Lists the items, each any JSON value, from what a step in its place would see. It is called once, within 10 s, and what
 * it throws fails the node. A call that takes longer than a second, or whose worker is lost, is made once more: so it
 * shouldn't change anything.
 */
export type Items<Input = never> = (
  input: StepInput<Input>,
  context: QuestionContext,
) => readonly unknown[] | Promise<readonly unknown[]>;

/** What a {@link ForEach} is made of. */
export interface ForEachOptions<Input = Json> extends ContainerOptions, QuestionOptions {
  /** @default 'ForEach' */
  readonly name?: string;
  /** A function that lists them, or the name of a step before whose content is a list. At most 1.9 MB of JSON in all. */
  readonly items: Items<Input> | string;
  /** What is done for each item: its `previousStepContent` is the item. */
  readonly step: Node<Input>;
  /** Items at work at once; the others wait and start in their order. @default 10 */
  readonly maxConcurrency?: number;
}

const DEFAULT_MAX_CONCURRENCY = 10;

/**
 * One node for each item of a list, side by side and from the same state. All settle; then its content is the list of
 * what flowed out for each, in the order of the items, `null` where the node was skipped. Without items it is skipped.
 *
 * @throws DefinitionError
 */
export class ForEach<Input = Json> {
  readonly kind = 'forEach';
  readonly name: string;
  readonly description: string | null;
  readonly aliases: readonly string[];
  readonly items: Items<Input> | string;
  readonly question: Question;
  readonly step: BuiltNode;
  readonly maxConcurrency: number;

  constructor(options: ForEachOptions<Input>) {
    const own = ['items', 'step', 'maxConcurrency', 'evaluate'];
    const { check, ...container } = containerOf('ForEach', options, own);
    const { items, maxConcurrency = DEFAULT_MAX_CONCURRENCY } = options;
    this.name = container.name;
    this.description = container.description;
    this.aliases = container.aliases;
    if (typeof items !== 'function' && typeof items !== 'string')
      check.fail('items', 'be a function that lists them, or the name of a step before', items);
    this.items = typeof items === 'string' ? check.name('items', items) : items;
    this.question = asked(check, options);
    this.step = built(check, 'step', options.step);
    this.maxConcurrency = check.integer('maxConcurrency', maxConcurrency, 1);
    Object.freeze(this);
  }
}
