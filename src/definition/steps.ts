import type { Json } from '../plan/json.js';
import {
  children,
  containerOf,
  type BuiltNode,
  type ContainerOptions,
  type Node,
} from './container.js';

/** What a {@link Steps} is made of. */
export interface StepsOptions<Input = Json> extends ContainerOptions {
  /** @default 'Steps' */
  readonly name?: string;
  /** At least one. */
  readonly steps: readonly Node<Input>[];
}

/**
 * A group of steps in order, under one name.
 *
 * @throws DefinitionError
 */
export class Steps<Input = Json> {
  readonly kind = 'steps';
  readonly name: string;
  readonly description: string | null;
  readonly aliases: readonly string[];
  readonly steps: readonly BuiltNode[];
  /** For the type alone: what its executors take. */
  declare protected readonly takes?: (input: Input) => void;

  constructor(options: StepsOptions<Input>) {
    const { check, ...container } = containerOf('Steps', options, ['steps']);
    this.name = container.name;
    this.description = container.description;
    this.aliases = container.aliases;
    this.steps = children(check, 'steps', options.steps);
    Object.freeze(this);
  }
}
