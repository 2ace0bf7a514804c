import { childrenOf, opOf, twoOf, type GoldenNode } from './golden-case.js';

/** What stands for the text of a fault that the engine found: its words are nobody's to compare. */
export const FOUND = '(found by the engine)';

/**
 * A copy in which every `error` that no function of the case throws is {@link FOUND}: texts of the case's own are compared
 * to the letter, others are not.
 */
export function withoutWords<T>(value: T, definition: GoldenNode): T {
  const own = ownErrors(definition);
  const isOwn = (error: string): boolean => own.some((pattern) => pattern(error));
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      key === 'error' && typeof item === 'string' && !isOwn(item) ? FOUND : item,
    ),
  ) as T;
}

type Pattern = (error: string) => boolean;

function ownErrors(node: GoldenNode): readonly Pattern[] {
  const { executor, callable, evaluator, end_condition, selector, items } =
    node as unknown as Record<string, unknown>;
  const own = [executor, callable, evaluator, end_condition, selector, items].flatMap((op) =>
    typeof op === 'string' ? patternOf(op) : [],
  );
  return [...own, ...childrenOf(node).flatMap(ownErrors)];
}

function patternOf(text: string): readonly Pattern[] {
  const { op, argument } = opOf(text);
  switch (op) {
    case 'fail':
    case 'raise':
    case 'fail_output':
      return [(error) => error === argument];
    case 'fail_times':
    case 'fail_if_input':
      return [(error) => error === twoOf(argument, ':')[1]];
    case 'state_inc_then_fail':
      return [(error) => error.startsWith(`${argument}=`)];
    default:
      return [];
  }
}
