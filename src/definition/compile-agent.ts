import type { AgentEntry } from '../plan/executor.js';
import type { AgentNode, ToolPlan } from '../plan/plan.js';
import { childReference, type Reference } from '../plan/reference.js';
import type { Agent } from './agent.js';
import type { CompiledCall, Refs } from './compile.js';
import { ledBy } from './delegation.js';
import type { AnyWorkflow } from './is-workflow.js';
import type { Policies } from './policies.js';
import { DEFAULT_POLICY, DEFAULT_TURN_POLICY } from './policy.js';
import type { Step } from './step.js';
import type { Team } from './team.js';
import type { Tool } from './tool.js';

/** What is called of an agent, by whichever reference. */
type AgentCall = Omit<CompiledCall, 'keys'> & { readonly refs: Refs };

/** A step's agent, and whom it leads: for the queue of each, and of each of their tools. */
export function agentsOf(
  workflow: AnyWorkflow,
  step: Step<never>,
  agent: Agent | Team,
  refs: Refs,
): AgentCall[] {
  const entry = entryOf(workflow, step, agent);
  const historyRuns = historyRunsOf(workflow, step, agent);
  const queues = new Set([step.taskQueue, ...agent.tools.map((tool) => queueOf(step, tool))]);
  return [
    ...[...queues].map((taskQueue) => ({ refs, taskQueue, entry, historyRuns })),
    ...(ledBy(agent)?.members ?? []).flatMap((member) => {
      const [ref, ...others] = refs.map((each) => childReference(each, member.name, 1));
      return ref === undefined ? [] : agentsOf(workflow, step, member, [ref, ...others]);
    }),
  ];
}

function entryOf(workflow: AnyWorkflow, step: Step<never>, agent: Agent | Team): AgentEntry {
  const { name, model, prompt, sendsMedia, tools, hooks, output } = agent;
  return {
    ...{ kind: 'agent', name: step.name, workflowId: workflow.id, agent: name },
    ...{ model, prompt, sendsMedia, hooks, output },
    tools: new Map(tools.map((tool) => [tool.name, tool.entry])),
    delegation: ledBy(agent)?.delegation ?? null,
  };
}

/** What an agent is in a plan, as the work of a step. */
export function agentNode(
  workflow: AnyWorkflow,
  step: Step<never>,
  agent: Agent | Team,
  ref: Reference,
  policies: Policies,
): AgentNode {
  const historyRuns = historyRunsOf(workflow, step, agent);
  const node = memberNode(workflow, step, agent, ref, policies);
  return { ...node, name: step.name, ...(historyRuns > 0 && { historyRuns }) };
}

/** What it is within a team. */
function memberNode(
  workflow: AnyWorkflow,
  step: Step<never>,
  agent: Agent | Team,
  ref: Reference,
  policies: Policies,
): AgentNode {
  const { onError, taskQueue, policy } = step;
  const { name, maxTurns, toolCallLimit, budget, tools } = agent;
  const led = ledBy(agent);
  return {
    ...{ kind: 'agent', ref, name, agent: name },
    policy: policies.indexOf(DEFAULT_TURN_POLICY, workflow.policy, agent.policy, policy),
    ...{ onError, taskQueue, maxTurns },
    ...(toolCallLimit !== null && { toolCallLimit }),
    ...(budget !== null && { budget }),
    tools: tools.map((tool) => toolPlan(workflow, tool, policies)),
    ...(led !== null && {
      team: {
        mode: led.mode,
        tool: led.delegation.name,
        members: led.members.map((member) => {
          const own = childReference(ref, member.name, 1);
          return memberNode(workflow, step, member, own, policies);
        }),
      },
    }),
  };
}

function toolPlan(workflow: AnyWorkflow, tool: Tool, policies: Policies): ToolPlan {
  const { name, onError, taskQueue } = tool;
  return {
    name,
    policy: policies.indexOf(DEFAULT_POLICY, workflow.policy, tool.policy),
    ...(onError === 'fail' && { onError }),
    ...(taskQueue !== null && { taskQueue }),
  };
}

function queueOf(step: Step<never>, { taskQueue }: Tool): string | null {
  return taskQueue ?? step.taskQueue;
}

/** Earlier runs of the session that a step's agent is told of. */
function historyRunsOf(workflow: AnyWorkflow, step: Step<never>, agent: Agent | Team): number {
  const isOn =
    step.addWorkflowHistory ?? agent.addHistoryToContext ?? workflow.addWorkflowHistoryToSteps;
  return isOn ? (step.numHistoryRuns ?? agent.numHistoryRuns ?? workflow.numHistoryRuns) : 0;
}
