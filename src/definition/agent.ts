import { AnyAgent, type AnyAgentOptions } from './any-agent.js';

/** What an {@link Agent} is made of. */
export type AgentOptions = AnyAgentOptions;

/**
 * A model with instructions and tools, as the work of a step. It is sent the content that flows in, or the run's input
 * where that is empty, and its answer flows on. Each turn of the model and each tool call is an activity of its own, so
 * a crash repeats at most what was under way.
 */
export class Agent extends AnyAgent {
  readonly kind = 'agent';

  /** @throws DefinitionError */
  constructor(options: AgentOptions) {
    super('Agent', options);
    Object.freeze(this);
  }
}

/** Tells agents from what else may stand in a list of nodes. One that another copy of this package made counts. */
export function isAgent(item: unknown): item is Agent {
  return typeof item === 'object' && item !== null && 'kind' in item && item.kind === 'agent';
}
