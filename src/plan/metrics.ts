import type { CallResult } from './contract.js';
import { dollars } from './cost.js';

/**
 * What agents' answers took, of a team with its members'. Tokens as far as the provider tells them. Turns that were answered
 * and recorded count, each once: of an attempt that failed nobody knows what it took, or whether it was paid.
 */
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
  /** USD, of the turns whose model has a `price` and whose provider tells the tokens; left out where there are none. */
  readonly cost?: number;
  /** Milliseconds that the models took to answer: each turn's, added up, also of those that were taken side by side. */
  readonly modelTime: number;
  /**
   * Milliseconds of work, turn after turn: what the model took, and the longest of the tools and members that it asked for at
   * once. A budget's `duration` is held against it. It isn't what the clock says: nothing is counted while a call waits for a
   * worker or for its next attempt, nor what failed.
   */
  readonly workTime: number;
  /**
   * Milliseconds until the first of an agent's first answer was there: of its text, of what the model thinks, or of a tool that it
   * asks for. Left out where it isn't known, as of a model that doesn't stream, and of what several agents took.
   */
  readonly timeToFirstToken?: number;
}

export const NO_METRICS: Metrics = {
  ...{ turns: 0, toolCalls: 0, inputTokens: 0, outputTokens: 0 },
  ...{ cachedTokens: 0, reasoningTokens: 0, modelTime: 0, workTime: 0 },
};

/** Of one turn of a model. */
export function metricsOf({ usage, calls = [], cost, took = 0, firstToken }: CallResult): Metrics {
  return {
    turns: 1,
    toolCalls: calls.length,
    inputTokens: usage?.input ?? 0,
    outputTokens: usage?.output ?? 0,
    cachedTokens: usage?.cached ?? 0,
    reasoningTokens: usage?.reasoning ?? 0,
    ...(cost !== undefined && { cost }),
    modelTime: took,
    workTime: took,
    ...(firstToken !== undefined && { timeToFirstToken: firstToken }),
  };
}

/** One after the other. The first answer is that of `a`. */
export function plus(a: Metrics, b: Metrics): Metrics {
  return {
    turns: a.turns + b.turns,
    toolCalls: a.toolCalls + b.toolCalls,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    ...((a.cost ?? b.cost) !== undefined && { cost: dollars((a.cost ?? 0) + (b.cost ?? 0)) }),
    modelTime: a.modelTime + b.modelTime,
    workTime: a.workTime + b.workTime,
    ...(a.timeToFirstToken !== undefined && { timeToFirstToken: a.timeToFirstToken }),
  };
}

/** At once: of the time of work it is the longest that counts. */
export function sideBySide(all: readonly Metrics[]): Metrics {
  const workTime = Math.max(0, ...all.map((each) => each.workTime));
  return { ...all.reduce(plus, NO_METRICS), workTime };
}

/** `null` where no model has answered. */
export function someMetrics(metrics: Metrics): Metrics | null {
  return metrics.turns === 0 ? null : metrics;
}
