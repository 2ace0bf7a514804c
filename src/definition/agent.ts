import type { ToolDescription } from '../plan/model.js';
import { AnyAgent, type AnyAgentOptions } from './any-agent.js';
import { checkPrices } from './budget.js';
import { Check } from './check.js';
import { delegationOf, membersOf } from './delegation.js';
import type { Team } from './team.js';

/** What an {@link Agent} is made of. */
export interface AgentOptions extends AnyAgentOptions {
  /**
   * Agents and teams that it may hand its task over to, with names that differ. The one that it picks is told what was
   * said so far, and its answer is this agent's own: so with these it has no `outputSchema`, give that to them.
   * @default none
   */
  readonly handoffs?: readonly (Agent | Team)[];
}

/**
 * A model with instructions and tools, as the work of a step. It is sent the content that flows in, or the run's input
 * where that is empty, and its answer flows on. Each turn of the model and each tool call is an activity of its own, so
 * a crash repeats at most what was under way.
 */
export class Agent extends AnyAgent {
  readonly kind = 'agent';
  readonly handoffs: readonly (Agent | Team)[];
  /** @internal */
  readonly delegation: ToolDescription | null;

  /** @throws DefinitionError */
  constructor(options: AgentOptions) {
    super('Agent', options, ['handoffs']);
    const { handoffs } = options;
    const check = new Check(this.name);
    this.handoffs = handoffs === undefined ? [] : membersOf(check, 'handoffs', handoffs);
    this.delegation = handoffs === undefined ? null : delegationOf('handoff', this.handoffs);
    if (this.delegation !== null) this.lacks(this.delegation.name);
    checkPrices(check, this, this.handoffs);
    if (handoffs !== undefined && this.output !== null)
      check.fail(
        'outputSchema',
        'be left out beside `handoffs`, whose answers are its own',
        this.output.schema,
      );
    Object.freeze(this);
  }
}

/** Tells agents from what else may stand in a list of nodes. One that another copy of this package made counts. */
export function isAgent(item: unknown): item is Agent {
  return typeof item === 'object' && item !== null && 'kind' in item && item.kind === 'agent';
}
