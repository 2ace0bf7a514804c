import type { CallResult } from './contract.js';

/** What an agent's answer took, that of a team with its members'. Tokens as far as the provider tells them. */
export interface Metrics {
  /** Turns of models that were answered. */
  readonly turns: number;
  /** Calls of tools that they asked for; to ask a member of a team is one. */
  readonly toolCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input, what the provider had in its cache. */
  readonly cachedTokens: number;
  /** Of the output, what the model thought before it answered. */
  readonly reasoningTokens: number;
}

export const NO_METRICS: Metrics = {
  ...{ turns: 0, toolCalls: 0, inputTokens: 0, outputTokens: 0 },
  ...{ cachedTokens: 0, reasoningTokens: 0 },
};

/** Of one turn of a model. */
export function metricsOf({ usage, calls = [] }: CallResult): Metrics {
  return {
    turns: 1,
    toolCalls: calls.length,
    inputTokens: usage?.input ?? 0,
    outputTokens: usage?.output ?? 0,
    cachedTokens: usage?.cached ?? 0,
    reasoningTokens: usage?.reasoning ?? 0,
  };
}

export function plus(a: Metrics, b: Metrics): Metrics {
  return {
    turns: a.turns + b.turns,
    toolCalls: a.toolCalls + b.toolCalls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
  };
}
