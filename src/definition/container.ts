import { DefinitionError } from '../plan/errors.js';
import type { Executor } from '../plan/executor.js';
import { isAgent, type Agent } from './agent.js';
import type { Check } from './check.js';
import type { Parallel } from './parallel.js';
import { Step } from './step.js';
import type { Steps } from './steps.js';

/** What may stand in a list of steps. A bare function or agent is a step of its own name. */
export type Node<Input = never> =
  Step<Input> | Steps<Input> | Parallel<Input> | Agent | Executor<Input>;

/**
 * A node as compiled: bare functions and agents have become steps.
 *
 * @inline
 */
export type BuiltNode = Step<never> | Steps<never> | Parallel<never>;

/** What every node that has children is made of. */
export interface ContainerOptions<Input> {
  /** At least one. */
  readonly steps: readonly Node<Input>[];
  /** For people who read the definition. */
  readonly description?: string;
  /** Earlier names. Runs that started under one of them go on. */
  readonly aliases?: readonly string[];
}

/** A container's children, checked. */
export function children(check: Check, option: string, value: unknown): readonly BuiltNode[] {
  if (!Array.isArray(value)) check.fail(option, 'be a list of steps', value);
  if (value.length === 0) check.fail(option, 'have at least one step', value);
  // `Array.from` visits the holes of a list too.
  const nodes = Array.from(value, (item: unknown, index) =>
    built(check, `${option}[${String(index)}]`, item),
  );
  for (const node of nodes) checkAliases(check, node, nodes);
  return Object.freeze(nodes);
}

/** Of a call that an open run asks for by such a name nobody could tell whose it is. */
function checkAliases(check: Check, node: BuiltNode, siblings: readonly BuiltNode[]): void {
  for (const alias of node.aliases) {
    if (alias === node.name || !siblings.some(({ name }) => name === alias)) continue;
    throw new DefinitionError({
      at: `${check.at} / ${node.name}`,
      option: 'aliases',
      must: 'not hold the name of another node beside it',
      got: alias,
    });
  }
}

function built(check: Check, place: string, item: unknown): BuiltNode {
  if (isBuilt(item)) return item;
  if (typeof item === 'function') return fromFunction(check, place, item as Executor);
  if (isAgent(item)) return new Step({ agent: item });
  return check.fail(place, 'be a Step, Steps, Parallel, an Agent or a function', item);
}

/** A function as a step, which is named after it. */
export function fromFunction(check: Check, place: string, executor: Executor): Step<never> {
  if (/^class\b/.test(Function.prototype.toString.call(executor))) {
    check.fail(
      place,
      'be a Step, Steps, Parallel, an Agent or a function, not a class: construct it with `new`',
      executor,
    );
  }
  return new Step({ executor });
}

const KINDS: ReadonlySet<unknown> = new Set([
  'step',
  'steps',
  'parallel',
] satisfies BuiltNode['kind'][]);

function isBuilt(item: unknown): item is BuiltNode {
  return (
    typeof item === 'object' &&
    item !== null &&
    'kind' in item &&
    'name' in item &&
    KINDS.has(item.kind)
  );
}
