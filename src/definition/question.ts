import type { QuestionEntry } from '../plan/executor.js';
import type { Evaluator } from './condition.js';
import type { Items } from './for-each.js';
import type { EndCondition } from './loop.js';
import type { Router } from './router.js';

/** What a node asks, as a worker calls it. */
type Ask = QuestionEntry['ask'];

export function askEvaluator(evaluator: Evaluator): Ask {
  return (input, _outputs, context) => evaluator(input, context);
}

export function askEndCondition(endCondition: EndCondition): Ask {
  return (_input, outputs, context) => endCondition(outputs, context);
}

/** Of a step's name its content is asked for where the run itself doesn't have it any more. */
export function askItems(items: Items | string): Ask {
  return (input, _outputs, context) =>
    typeof items === 'string' ? input.getStepContent(items) : items(input, context);
}

/**
 * Of each choice that a selector names the answer lists what the plans of runs may call it; what isn't one of them stands
 * as it is, for it may be in an older plan. `known` has that list for each choice.
 */
export function askSelector(router: Router<never>, known: readonly (readonly string[])[]): Ask {
  return async (input, _outputs, context) => {
    const selection = await router.selector(input, context);
    if (selection === null || (selection as unknown) === undefined) return [];
    const items: readonly unknown[] = Array.isArray(selection) ? selection : [selection];
    return items.map((item) => known[indexOf(router, item)] ?? nameOf(item));
  };
}

function indexOf({ choices, given }: Router<never>, item: unknown): number {
  if (typeof item === 'string') return choices.findIndex(({ name }) => name === item);
  const index = given.indexOf(item);
  return index === -1 ? (choices as readonly unknown[]).indexOf(item) : index;
}

/** Of a node that is no choice its name, by which the message calls it. */
function nameOf(item: unknown): unknown {
  const isNamed = typeof item === 'function' || (typeof item === 'object' && item !== null);
  return isNamed && 'name' in item && typeof item.name === 'string' ? item.name : item;
}
