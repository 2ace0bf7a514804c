import type { Duration } from '../plan/duration.js';
import type { Model } from '../plan/model.js';
import type { Budget } from '../plan/plan.js';
import type { Agent } from './agent.js';
import type { AnyAgent } from './any-agent.js';
import { Check } from './check.js';
import { ledBy } from './delegation.js';
import type { Team } from './team.js';

/** What an agent may take in all, with those that it asks: at least one of these. */
export interface BudgetOptions {
  /** Of input and output together, as far as the provider tells them. */
  readonly tokens?: number;
  /** USD. Each of its models needs a `price`, and of a team each of its members'. */
  readonly cost?: number;
  /**
   * Time of work: what its model takes for each turn, and the longest of the tools and members that the turn asks for. Nothing is
   * counted while they wait for a worker or for their next attempt, nor what failed. At most 24 days.
   */
  readonly duration?: Duration;
}

/** A budget, checked; `null` for none. */
export function budgetOf(
  check: Check,
  budget: BudgetOptions | undefined,
  onBudget: 'fail' | 'finish' = 'fail',
): Budget | null {
  const isFinish = check.oneOf('onBudget', onBudget, ['fail', 'finish']) === 'finish';
  if (budget === undefined) return null;
  if (typeof budget !== 'object') check.fail('budget', 'be like { tokens: 100_000 }', budget);
  const own = withinBudget(check);
  own.known(budget, ['tokens', 'cost', 'duration']);
  const { tokens, cost, duration } = budget;
  if ([tokens, cost, duration].every((limit) => limit === undefined))
    check.fail('budget', 'have `tokens`, `cost` or `duration`', budget);
  return {
    ...(tokens !== undefined && { tokens: own.integer('tokens', tokens, 1) }),
    ...(cost !== undefined && { cost: dollarsOf(own, cost) }),
    ...(duration !== undefined && { duration: own.duration('duration', duration) }),
    ...(isFinish && { finish: true }),
  };
}

/**
 * What a budget of money can't be held against is found here: a model of which nobody has said what it costs.
 *
 * @throws DefinitionError
 */
export function checkPrices(
  check: Check,
  { budget, model }: Pick<AnyAgent, 'budget' | 'model'>,
  members: readonly (Agent | Team)[],
): void {
  if (budget?.cost === undefined) return;
  for (const { id, price } of [model, ...members.flatMap(modelsOf)].flatMap(unpriced)) {
    const must = `go with a price of the model '${id}', as in ${EXAMPLE}`;
    withinBudget(check).fail('cost', must, price);
  }
}

const EXAMPLE = "openai('gpt-5-mini', { price: { input: 0.25, output: 2 } })";

function withinBudget({ at }: Check): Check {
  return new Check(`${at}: \`budget\``);
}

function dollarsOf(check: Check, cost: unknown): number {
  const dollars = check.number('cost', cost, 0);
  return dollars > 0 ? dollars : check.fail('cost', 'be above 0', cost);
}

function modelsOf(agent: Agent | Team): readonly Model[] {
  return [agent.model, ...(ledBy(agent)?.members ?? []).flatMap(modelsOf)];
}

/** offline() costs nothing. */
function unpriced(model: Model): readonly Model[] {
  return (model.models ?? [model]).filter(
    ({ provider, price }) => price === undefined && provider !== 'offline',
  );
}
