import type { OutputEntry } from '../plan/executor.js';
import type { Model } from '../plan/model.js';
import type { Policy } from '../plan/plan.js';
import { agentParts, type AnyAgentOptions } from './agent-options.js';
import type { Tool } from './tool.js';

/** What an {@link Agent} is made of. */
export type AgentOptions = AnyAgentOptions;

/**
 * A model with instructions and tools, as the work of a step. It is sent the content that flows in, or the run's input
 * where that is empty, and its answer flows on. Each turn of the model and each tool call is an activity of its own, so
 * a crash repeats at most what was under way.
 */
export class Agent {
  readonly kind = 'agent';
  readonly name: string;
  readonly description: string | null;
  readonly model: Model;
  readonly tools: readonly Tool[];
  readonly maxTurns: number;
  /** What the model is told before everything else; `null` for nothing. */
  readonly system: string | null;
  /** What was given of the policy; the rest is the workflow's. */
  readonly policy: Partial<Policy>;
  /** @internal */
  readonly output: OutputEntry | null;

  /** @throws DefinitionError */
  constructor(options: AgentOptions) {
    const parts = agentParts('Agent', options);
    this.name = parts.name;
    this.description = parts.description;
    this.model = parts.model;
    this.tools = parts.tools;
    this.maxTurns = parts.maxTurns;
    this.system = parts.system;
    this.policy = parts.policy;
    this.output = parts.output;
    Object.freeze(this);
  }
}

/** Tells agents from what else may stand in a list of nodes. One that another copy of this package made counts. */
export function isAgent(item: unknown): item is Agent {
  return typeof item === 'object' && item !== null && 'kind' in item && item.kind === 'agent';
}
