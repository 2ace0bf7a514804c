import type { JsonObject } from '../plan/json.js';
import type { ToolDescription } from '../plan/model.js';
import type { TeamPlan } from '../plan/plan.js';
import type { Agent } from './agent.js';
import type { Check } from './check.js';
import type { Team } from './team.js';

/** Whom an agent asks, and the tool by which it does. */
export interface Led {
  readonly mode: TeamPlan['mode'];
  readonly members: readonly (Agent | Team)[];
  readonly delegation: ToolDescription;
}

/** `null` for an agent that asks no others. */
export function ledBy(agent: Agent | Team): Led | null {
  switch (agent.kind) {
    case 'team':
      return agent;
    case 'agent': {
      const { handoffs: members, delegation } = agent;
      return delegation === null ? null : { mode: 'handoff', members, delegation };
    }
  }
}

/** Whom an agent may ask, checked. */
export function membersOf(check: Check, option: string, given: unknown): readonly (Agent | Team)[] {
  if (!Array.isArray(given) || given.length === 0)
    check.fail(option, 'be a list of at least one agent or team', given);
  const members = new Map<string, Agent | Team>();
  for (const [index, item] of (given as unknown[]).entries()) {
    if (!isAnyAgent(item)) check.fail(`${option}[${String(index)}]`, 'be an Agent or a Team', item);
    if (members.has(item.name)) check.fail(option, 'have names that differ', item.name);
    members.set(item.name, item);
  }
  return Object.freeze([...members.values()]);
}
function isAnyAgent(item: unknown): item is Agent | Team {
  if (typeof item !== 'object' || item === null || !('kind' in item)) return false;
  return item.kind === 'agent' || item.kind === 'team';
}

/** The tool by which members are asked. Its names are Agno's. */
export function delegationOf(
  mode: TeamPlan['mode'],
  members: readonly (Agent | Team)[],
): ToolDescription {
  const task = {
    type: 'string',
    description: 'What is to be done, with all that is needed to do it.',
  };
  const who = members
    .map(({ name, description }) =>
      description === null ? `- ${name}` : `- ${name}: ${description}`,
    )
    .join('\n');
  const member = {
    type: 'string',
    enum: members.map(({ name }) => name),
    description: 'Whom you ask, by name.',
  };
  switch (mode) {
    case 'collaborate':
      return {
        name: 'delegate_task_to_all_members',
        description: `Has every member of your team do a task, and gives you what each answers. They know of nothing else than what you write. The members:\n${who}`,
        parameters: parametersOf({ task }),
      };
    case 'coordinate':
    case 'route': {
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
    case 'handoff':
      return {
        name: 'hand_over_task',
        description: `Hands what you were asked over to one who is better at it, and whose answer then stands for yours. It is told what was said and found so far, and what you write. There are:\n${who}`,
        parameters: parametersOf({ member, task }),
      };
  }
}

function parametersOf(properties: JsonObject): JsonObject {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
}
