import type { Json } from '../plan/json.js';
import { Check } from './check.js';
import { children, type BuiltNode, type ContainerOptions } from './container.js';

/** What a {@link Parallel} is made of. */
export interface ParallelOptions<Input = Json> extends ContainerOptions<Input> {
  /** @default 'Parallel' */
  readonly name?: string;
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
    Check.of('Parallel', options).known(options, [
      'name',
      'steps',
      'maxConcurrency',
      'description',
      'aliases',
    ]);
    this.name = new Check('Parallel').nodeName(options.name ?? 'Parallel');
    const check = new Check(this.name);
    this.description = check.text('description', options.description);
    this.aliases = check.nodeNames('aliases', options.aliases);
    this.maxConcurrency =
      options.maxConcurrency === undefined
        ? null
        : check.integer('maxConcurrency', options.maxConcurrency, 1);
    this.steps = children(check, 'steps', options.steps);
    Object.freeze(this);
  }
}
