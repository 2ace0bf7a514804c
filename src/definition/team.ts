import type { ToolDescription } from '../plan/model.js';
import type { TeamMode } from '../plan/plan.js';
import type { Agent } from './agent.js';
import { AnyAgent, type AnyAgentOptions } from './any-agent.js';
import { checkPrices } from './budget.js';
import { Check } from './check.js';
import { delegationOf, membersOf } from './delegation.js';

/** What a {@link Team} is made of: its leader, who is an agent, and whom that leads. */
export interface TeamOptions extends AnyAgentOptions {
  /** Agents, and teams, with names that differ. Their descriptions tell the leader who is good at what. */
  readonly members: readonly (Agent | Team)[];
  /**
   * Whom the leader asks: a member for a part of the work, as often as it likes (`'coordinate'`); the one whose answer is
   * the team's (`'route'`); or all of them for the same (`'collaborate'`).
   * @default 'coordinate'
   */
  readonly mode?: TeamMode;
}

/**
 * An agent that leads others, as the work of a step. It asks them by a tool; each then takes turns of its own, with its
 * own tools and `maxTurns`, and the leader is told the answer. They share the session state.
 */
export class Team extends AnyAgent {
  readonly kind = 'team';
  readonly members: readonly (Agent | Team)[];
  readonly mode: TeamMode;
  /** @internal */
  readonly delegation: ToolDescription;

  /** @throws DefinitionError */
  constructor(options: TeamOptions) {
    super('Team', options, ['members', 'mode']);
    const check = new Check(this.name);
    this.members = membersOf(check, 'members', options.members);
    this.mode = check.oneOf('mode', options.mode ?? 'coordinate', MODES);
    this.delegation = delegationOf(this.mode, this.members);
    this.lacks(this.delegation.name);
    checkPrices(check, this, this.members);
    if (this.mode === 'route' && this.output !== null)
      check.fail(
        'outputSchema',
        "be its members' own: what one answers is what the team answers",
        this.mode,
      );
    Object.freeze(this);
  }
}

/** Tells teams from what else may do a step's work. One that another copy of this package made counts. */
export function isTeam(item: unknown): item is Team {
  return typeof item === 'object' && item !== null && 'kind' in item && item.kind === 'team';
}

const MODES: readonly TeamMode[] = ['coordinate', 'route', 'collaborate'];
