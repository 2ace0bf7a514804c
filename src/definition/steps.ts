import type { Json } from '../plan/json.js';
import { Check } from './check.js';
import { children, type BuiltNode, type ContainerOptions } from './container.js';

/** What a {@link Steps} is made of. */
export interface StepsOptions<Input = Json> extends ContainerOptions<Input> {
  /** @default 'Steps' */
  readonly name?: string;
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
    Check.of('Steps', options).known(options, ['name', 'steps', 'description', 'aliases']);
    this.name = new Check('Steps').nodeName(options.name ?? 'Steps');
    const check = new Check(this.name);
    this.description = check.text('description', options.description);
    this.aliases = check.nodeNames('aliases', options.aliases);
    this.steps = children(check, 'steps', options.steps);
    Object.freeze(this);
  }
}
