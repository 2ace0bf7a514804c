import { dollarText } from '../plan/cost.js';
import { NO_METRICS, plus, type Metrics } from '../plan/metrics.js';
import type { AgentNode, Budget } from '../plan/plan.js';

/** A budget that holds for an agent: its own, or that of one that leads it. */
export interface Allowance {
  /** Who leads it; `null` for its own. */
  readonly whose: string | null;
  readonly budget: Budget;
  /** What that one had taken before this agent began. */
  readonly before: Metrics;
}

/** A budget with nothing left. */
export interface Spent {
  /** As in {@link Allowance}. */
  readonly whose: string | null;
  /** How much of it was taken, for people. */
  readonly what: string;
  /** The agent may answer in one more turn. */
  readonly finish: boolean;
}

/** What holds for an agent: what holds for those that lead it, and its own. */
export function allowancesOf(
  { budget }: AgentNode,
  around: readonly Allowance[],
): readonly Allowance[] {
  return budget === undefined ? around : [...around, { whose: null, budget, before: NO_METRICS }];
}

/** What holds for those that an agent asks, when it has taken so much itself. */
export function whatIsLeft(
  { agent }: Pick<AgentNode, 'agent'>,
  allowances: readonly Allowance[],
  metrics: Metrics,
): readonly Allowance[] {
  return allowances.map(({ whose, budget, before }) => ({
    whose: whose ?? agent,
    budget,
    before: plus(before, metrics),
  }));
}

/** Which of the budgets has nothing left: one that forbids a further turn before one that allows it; `null` for none. */
export function spentBy(allowances: readonly Allowance[], metrics: Metrics): Spent | null {
  const spent = allowances.flatMap(({ whose, budget, before }): Spent | [] => {
    const what = takenOf(budget, plus(before, metrics));
    return what.length === 0
      ? []
      : { whose, what: what.join(' and '), finish: budget.finish === true };
  });
  return spent.find(({ finish }) => !finish) ?? spent[0] ?? null;
}

/** What was taken of each limit that is reached. */
function takenOf(budget: Budget, metrics: Metrics): readonly string[] {
  return LIMITS.flatMap(({ limit, taken, text, unit }) => {
    const most = limit(budget);
    const much = taken(metrics);
    return most === undefined || much < most ? [] : `${text(much)} of its ${text(most)} ${unit}`;
  });
}

interface Limit {
  readonly limit: (budget: Budget) => number | undefined;
  readonly taken: (metrics: Metrics) => number;
  readonly text: (amount: number) => string;
  readonly unit: string;
}

const LIMITS: readonly Limit[] = [
  {
    limit: ({ tokens }) => tokens,
    taken: ({ inputTokens, outputTokens }) => inputTokens + outputTokens,
    text: String,
    unit: 'tokens',
  },
  {
    limit: ({ cost }) => cost,
    taken: ({ cost = 0 }) => cost,
    text: dollarText,
    unit: 'USD',
  },
  {
    limit: ({ duration }) => duration,
    taken: ({ workTime }) => workTime,
    text: String,
    unit: 'ms of work',
  },
];
