import { DefinitionError } from '../plan/errors.js';
import type { Executor } from '../plan/executor.js';
import type { Question } from '../plan/plan.js';
import { isAgent, type Agent } from './agent.js';
import { Check } from './check.js';
import type { Condition } from './condition.js';
import type { ForEach } from './for-each.js';
import { isWorkflow, type AnyWorkflow } from './is-workflow.js';
import type { Loop } from './loop.js';
import type { Parallel } from './parallel.js';
import type { Router } from './router.js';
import { isClass, Step } from './step.js';
import type { Steps } from './steps.js';
import { isTeam, type Team } from './team.js';

/** What may stand in a list of steps. A bare function, agent, team or workflow is a step of its own name. */
export type Node<Input = never> =
  | Step<Input>
  | Steps<Input>
  | Parallel<Input>
  | Condition<Input>
  | Loop<Input>
  | Router<Input>
  | ForEach<Input>
  | Agent
  | Team
  | AnyWorkflow
  | Executor<Input>;

/**
 * A node as compiled: bare functions, agents, teams and workflows have become steps.
 *
 * @inline
 */
export type BuiltNode =
  | Step<never>
  | Steps<never>
  | Parallel<never>
  | Condition<never>
  | Loop<never>
  | Router<never>
  | ForEach<never>;

/** What every node that others stand in is made of, beside them. */
export interface ContainerOptions {
  /** For people who read the definition. */
  readonly description?: string;
  /** Earlier names. Runs that started under one of them go on. */
  readonly aliases?: readonly string[];
}

/** What all containers have, checked. */
export interface Container {
  readonly check: Check;
  readonly name: string;
  readonly description: string | null;
  readonly aliases: readonly string[];
}

/** Checks what all containers have. `own` are the options that this kind has beside. */
export function containerOf(
  kind: string,
  options: ContainerOptions & { readonly name?: string },
  own: readonly string[],
): Container {
  Check.of(kind, options).known(options, ['name', ...own, 'description', 'aliases']);
  const name = new Check(kind).nodeName(options.name ?? kind);
  const check = new Check(name);
  const description = check.text('description', options.description);
  return { check, name, description, aliases: check.nodeNames('aliases', options.aliases) };
}

/** A function of the user's by which a node decides, and how it is asked. */
export interface QuestionOptions {
  /**
   * `'activity'` for functions that are slow, or call a model: they are asked by an activity at once. Otherwise the worker
   * that has the run's task asks them, for a second, and an activity only after that: what takes longer is asked twice.
   * @default 'local'
   */
  readonly evaluate?: 'local' | 'activity';
}

/** How a question is asked, checked. */
export function asked(check: Check, { evaluate = 'local' }: QuestionOptions): Question {
  return { local: check.oneOf('evaluate', evaluate, ['local', 'activity']) === 'local' };
}

/** A function of the user's. */
export function functionOf<T>(check: Check, option: string, value: T): T {
  return typeof value === 'function' ? value : check.fail(option, 'be a function', value);
}

/** A container's children, checked. */
export function children(check: Check, option: string, value: unknown): readonly BuiltNode[] {
  if (!Array.isArray(value)) check.fail(option, 'be a list of steps', value);
  if (value.length === 0) check.fail(option, 'have at least one step', value);
  // `Array.from` visits the holes of a list too.
  const nodes = Array.from(value, (item: unknown, index) =>
    built(check, `${option}[${String(index)}]`, item),
  );
  checkSiblings(check, nodes);
  return Object.freeze(nodes);
}

/** Children of one container, in whichever of its options they stand. */
export function checkSiblings(check: Check, nodes: readonly BuiltNode[]): void {
  for (const node of nodes) checkAliases(check, node, nodes);
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

/** A node, checked. */
export function built(check: Check, place: string, item: unknown): BuiltNode {
  if (isBuilt(item)) return item;
  if (typeof item === 'function') return fromFunction(check, place, item as Executor);
  if (isAgent(item)) return new Step({ agent: item });
  if (isTeam(item)) return new Step({ team: item });
  if (isWorkflow(item)) return new Step({ workflow: item });
  return check.fail(place, `be ${NODES}`, item);
}

/** A function as a step, which is named after it. */
export function fromFunction(check: Check, place: string, executor: Executor): Step<never> {
  if (isClass(executor)) {
    check.fail(place, `be ${NODES}, not a class: construct it with \`new\``, executor);
  }
  return new Step({ executor });
}

const NODES =
  'a Step, Steps, Parallel, Condition, Loop, Router, ForEach, an Agent, a Team, a Workflow or a function';

const KINDS: ReadonlySet<unknown> = new Set([
  'step',
  'steps',
  'parallel',
  'condition',
  'loop',
  'router',
  'forEach',
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
