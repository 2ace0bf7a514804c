import type { Json } from '../plan/json.js';
import {
  children,
  containerOf,
  type BuiltNode,
  type ContainerOptions,
  type Node,
} from './container.js';

/** What a {@link Parallel} is made of. */
export interface ParallelOptions<Input = Json> extends ContainerOptions {
  /** @default 'Parallel' */
  readonly name?: string;
  /** At least one. */
  readonly steps: readonly Node<Input>[];
  /**
   * Branches under way at once; the others wait and start in the order of the definition. A run has at most 500 calls
   * under way in all.
   * @default all
   */
  readonly maxConcurrency?: number;
}

/**
 * Branches that run at the same time, each from the same content and state. When all have settled, their contents are
 * joined under their names, in the order of the definition.
 *
 * @throws DefinitionError
 */
export class Parallel<Input = Json> {
  readonly kind = 'parallel';
  readonly name: string;
  readonly description: string | null;
  readonly aliases: readonly string[];
  readonly maxConcurrency: number | null;
  readonly steps: readonly BuiltNode[];
  /** For the type alone: what its executors take. */
  declare protected readonly takes?: (input: Input) => void;

  constructor(options: ParallelOptions<Input>) {
    const { check, ...container } = containerOf('Parallel', options, ['steps', 'maxConcurrency']);
    this.name = container.name;
    this.description = container.description;
    this.aliases = container.aliases;
    this.maxConcurrency =
      options.maxConcurrency === undefined
        ? null
        : check.integer('maxConcurrency', options.maxConcurrency, 1);
    this.steps = children(check, 'steps', options.steps);
    Object.freeze(this);
  }
}
