import type { JsonObject } from '../plan/json.js';
import type { ToolDescription } from '../plan/model.js';
import type { TeamMode } from '../plan/plan.js';
import { isAgent, type Agent } from './agent.js';
import { AnyAgent, type AnyAgentOptions } from './any-agent.js';
import { Check } from './check.js';

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
    this.members = membersOf(check, options.members);
    this.mode = check.oneOf('mode', options.mode ?? 'coordinate', MODES);
    this.delegation = delegationOf(this.mode, this.members);
    if (this.tools.some(({ name }) => name === this.delegation.name))
      check.fail(
        'tools',
        'have other names than that by which members are asked',
        this.delegation.name,
      );
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

function membersOf(check: Check, given: unknown): readonly (Agent | Team)[] {
  if (!Array.isArray(given) || given.length === 0)
    check.fail('members', 'be a list of at least one agent or team', given);
  const members = new Map<string, Agent | Team>();
  for (const [index, item] of (given as unknown[]).entries()) {
    if (!isAgent(item) && !isTeam(item))
      check.fail(`members[${String(index)}]`, 'be an Agent or a Team', item);
    if (members.has(item.name)) check.fail('members', 'have names that differ', item.name);
    members.set(item.name, item);
  }
  return Object.freeze([...members.values()]);
}

/** The tools' names are Agno's. */
function delegationOf(mode: TeamMode, members: readonly (Agent | Team)[]): ToolDescription {
  const task = {
    type: 'string',
    description: 'What is to be done, with all that is needed to do it.',
  };
  const who = members
    .map(({ name, description }) =>
      description === null ? `- ${name}` : `- ${name}: ${description}`,
    )
    .join('\n');
  if (mode === 'collaborate') {
    return {
      name: 'delegate_task_to_all_members',
      description: `Has every member of your team do a task, and gives you what each answers. They know of nothing else than what you write. The members:\n${who}`,
      parameters: parametersOf({ task }),
    };
  }
  const member = {
    type: 'string',
    enum: members.map(({ name }) => name),
    description: "The member's name.",
  };
  const comes =
    mode === 'route'
      ? 'What it answers is given out as your own answer.'
      : 'You are given what it answers.';
  return {
    name: 'delegate_task_to_member',
    description: `Has a member of your team do a task. ${comes} It knows of nothing else than what you write. The members:\n${who}`,
    parameters: parametersOf({ member, task }),
  };
}

function parametersOf(properties: JsonObject): JsonObject {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}
