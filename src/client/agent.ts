import { Agent as AgentDefinition } from '../definition/agent.js';
import { Team as TeamDefinition } from '../definition/team.js';
import { Workflow } from './workflow.js';

/** An agent that may also be run by itself, without a workflow around it. */
export class Agent extends AgentDefinition {
  /** The workflow of one step that it is by itself, of its name. It is what else there is to do with runs. */
  get workflow(): Workflow {
    return workflowOf(this);
  }

  /** Starts a run of the agent by itself: its input is what the agent is sent. A worker must have the agent among its `workflows`. */
  get run(): Workflow['run'] {
    return bound(this.workflow, 'run');
  }

  /** A run of the agent by itself as it is now. */
  get getRun(): Workflow['getRun'] {
    return bound(this.workflow, 'getRun');
  }
}

/** A team that may also be run by itself, without a workflow around it. */
export class Team extends TeamDefinition {
  /** The workflow of one step that it is by itself, of its name. It is what else there is to do with runs. */
  get workflow(): Workflow {
    return workflowOf(this);
  }

  /** Starts a run of the team by itself: its input is what the leader is sent. A worker must have the team among its `workflows`. */
  get run(): Workflow['run'] {
    return bound(this.workflow, 'run');
  }

  /** A run of the team by itself as it is now. */
  get getRun(): Workflow['getRun'] {
    return bound(this.workflow, 'getRun');
  }
}

const workflows = new WeakMap<AgentDefinition | TeamDefinition, Workflow>();

/** @throws DefinitionError when its name can't be a workflow's */
function workflowOf(agent: AgentDefinition | TeamDefinition): Workflow {
  let workflow = workflows.get(agent);
  if (workflow === undefined) {
    workflow = new Workflow({ name: agent.name, steps: [agent] });
    workflows.set(agent, workflow);
  }
  return workflow;
}

function bound<Name extends 'run' | 'getRun'>(workflow: Workflow, name: Name): Workflow[Name] {
  const method: (...args: never[]) => unknown = workflow[name];
  return method.bind(workflow) as Workflow[Name];
}
