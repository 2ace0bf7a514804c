import type { Json, JsonObject } from './json.js';
import type { MediaLists } from './output.js';

/** How a model is to answer. What is left out is the provider's own default. */
export interface ModelOptions {
  /** From 0, for the likeliest words, to 2. */
  readonly temperature?: number;
  /** The share of likely words that are drawn from, above 0 up to 1. */
  readonly topP?: number;
  /** The longest answer, in tokens. */
  readonly maxTokens?: number;
  /** For providers that can repeat an answer. */
  readonly seed?: number;
  /** Texts at which the answer ends. */
  readonly stop?: readonly string[];
  /** Of models that reason before they answer: `'low'`, `'medium'`, `'high'` and what else the provider knows. */
  readonly reasoningEffort?: string;
  /** Fields of the request that have no option here, by the provider's own names. They win over the options. */
  readonly extra?: JsonObject;
}

/** What a model costs, in USD for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Of the input, what the provider had in its cache. @default as all input */
  readonly cachedInput?: number;
}

/**
 * A model, as data: which one, where, and the name of the environment variable that holds its key. The key itself is
 * read on the worker, when the model is called, and goes nowhere else.
 */
export interface Model {
  /** Who has it: `'openai'`, `'anthropic'`, `'openai-compatible'`, `'offline'` … */
  readonly provider: string;
  /** The provider's name of the model. */
  readonly id: string;
  /** Where it is; `null` for the provider's own address. */
  readonly baseURL: string | null;
  /** `null` for a server that wants no key. */
  readonly apiKeyEnv: string | null;
  readonly options: ModelOptions;
  /** The version of Azure's interface; left out for the one without versions, and for other providers. */
  readonly apiVersion?: string;
  /** Left out where nobody has said. What a turn costs is worked out by it when the turn is taken, and recorded. */
  readonly price?: ModelPrice;
  /** Of a fallback: the models that it asks, in this order. It has no address, no key and no price of its own. */
  readonly models?: readonly Model[];
}

/** A tool that a model asks for. Recorded in histories. */
export interface ToolRequest {
  /** The model's own name of the request, by which it knows the answer. */
  readonly id: string;
  readonly name: string;
  /** JSON, as the model wrote it: it may be faulty. */
  readonly arguments: string;
}

/** What a model's turn took, in tokens, as the provider counts them. Recorded in histories. */
export interface Usage {
  readonly input: number;
  readonly output: number;
  /** Of the input, what the provider had in its cache; left out where it doesn't say. */
  readonly cached?: number;
  /** Of the output, what the model thought before it answered; left out where the provider doesn't say. */
  readonly reasoning?: number;
}

/** A part of a conversation with a model. */
export type Message =
  | { readonly role: 'system'; readonly text: string }
  | {
      readonly role: 'user';
      readonly text: string;
      /** What flowed in beside the text; left out where nothing did. */
      readonly media?: Partial<MediaLists>;
    }
  | { readonly role: 'assistant'; readonly text: string; readonly calls: readonly ToolRequest[] }
  | { readonly role: 'tool'; readonly request: string; readonly text: string };

/** A tool as a model is told of it. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  /** A JSON Schema of its arguments, which are an object. */
  readonly parameters: JsonObject;
}

/** What a model is asked. */
export interface ModelRequest {
  readonly model: Model;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolDescription[];
  /** A JSON Schema that its answer is to follow; `null` for any text. */
  readonly output: JsonObject | null;
}

/** What a model answers: tools to call, or else its text. */
export interface ModelAnswer {
  readonly text: string;
  readonly calls: readonly ToolRequest[];
  /** `null` where the provider doesn't say. */
  readonly usage: Usage | null;
}

/** A piece of an answer while it comes: of its text, of what the model thinks before it, or a tool that it begins to ask for. */
export type ModelDelta =
  | { readonly kind: 'text' | 'reasoning'; readonly text: string }
  | { readonly kind: 'tool'; readonly name: string };

/** Asks models in a way of its own. A worker has it by the name that models call their provider: `models` of `createWorker`. */
export interface ModelProvider {
  /**
   * Asks a model once: further attempts, waits and time-outs are the agent's. The tools aren't called here, only asked for.
   * Once the signal fires, the request is to end at once. It may be called for several agents at the same time.
   *
   * @param tell For providers that stream: called with each piece, it makes RunContent events. The texts are to join to that
   * of the answer, which is what counts. Left out where nobody can listen.
   * @throws ModelError, which says what the failure is and whether another attempt may help. What else it throws fails
   * the turn like an executor's error
   */
  answer(
    request: ModelRequest,
    signal: AbortSignal,
    tell?: (delta: ModelDelta) => void,
  ): Promise<ModelAnswer>;
}

/** A value as it stands in a prompt: a list of strings is its lines. */
export function promptOf(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  const isLines = Array.isArray(value) && value.every((line) => typeof line === 'string');
  return isLines ? value.join('\n') : JSON.stringify(value, null, 2);
}
