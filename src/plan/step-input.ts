import { copied, isEmpty, textOf, type Json, type JsonObject } from './json.js';
import { historyContext, lastRuns, type PastRun } from './past-run.js';
import { contentByName, sections, type Media, type MediaLists, type StepResult } from './output.js';

/** A schema that can parse a value: zod's, or anything of its shape. */
export interface Parser<T> {
  /** The value, parsed; it throws what is wrong with it. */
  parse(value: unknown): T;
}

/** What a {@link StepInput} is made of. */
export interface StepInputFacts {
  readonly input: Json;
  readonly previousStepContent: Json;
  readonly additionalData: JsonObject;
  readonly media: MediaLists;
  /** Outermost level first, in the order in which they ended. */
  readonly outputs: readonly StepResult[];
  /** Oldest first. */
  readonly history: readonly PastRun[];
}

/** What an executor sees of its run: the input, what flowed in, and the outputs of the nodes before it. */
export class StepInput<Input = Json> {
  /** The run's input: as given, or as `inputSchema` parsed it. `null` without one. */
  readonly input: Input;
  /** What flowed out of the node before this one; `null` before the first. Skipped nodes let it pass. */
  readonly previousStepContent: Json;
  /** The `additionalData` of `run`. */
  readonly additionalData: JsonObject;
  readonly images: readonly Media[];
  readonly videos: readonly Media[];
  readonly audio: readonly Media[];
  readonly files: readonly Media[];
  /** Shared with the process's other calls: what is handed out is a copy. */
  readonly #outputs: readonly StepResult[];
  readonly #history: readonly PastRun[];
  #byName: ReadonlyMap<string, StepResult> | null = null;

  /** @internal */
  constructor(facts: StepInputFacts) {
    this.input = facts.input as Input;
    this.previousStepContent = facts.previousStepContent;
    this.additionalData = facts.additionalData;
    this.images = facts.media.images;
    this.videos = facts.media.videos;
    this.audio = facts.media.audio;
    this.files = facts.media.files;
    this.#outputs = facts.outputs;
    this.#history = facts.history;
  }

  /** The visible outputs by name, in the order of their last use: a name used again counts once, where it was used last. */
  get previousStepOutputs(): ReadonlyMap<string, StepResult> {
    this.#byName ??= byName(this.#outputs.map(copied));
    return this.#byName;
  }

  /** The latest visible output of that name, also inside containers. */
  getStepOutput(name: string): StepResult | undefined {
    const output = latest(this.#outputs, name);
    return output === undefined ? undefined : copied(output);
  }

  /**
   * The content of {@link getStepOutput}; of a Parallel an object of its branches' contents by name, without the empty
   * ones. `undefined` where there is none.
   */
  getStepContent(name: string): Json | undefined;
  /**
   * The same, parsed and typed by a schema, which is given `undefined` where there is none.
   *
   * @throws what the schema throws.
   */
  getStepContent<T>(name: string, schema: Parser<T>): T;
  getStepContent<T>(name: string, schema?: Parser<T>): T | Json | undefined {
    const output = this.getStepOutput(name);
    const content = output === undefined ? undefined : contentByName(output);
    return schema === undefined ? content : schema.parse(content);
  }

  /** The same as `previousStepContent`. */
  getLastStepContent(): Json {
    return this.previousStepContent;
  }

  /** `=== NAME ===` and the text of every visible output that isn't empty, with blank lines between. */
  getAllPreviousContent(): string {
    return sections([...byName(this.#outputs).values()].filter(({ content }) => !isEmpty(content)));
  }

  /** The run's input as text: a string as it is, anything else as JSON with two spaces; `null` without input. */
  getInputAsString(): string | null {
    const input = this.input as Json;
    return input === null ? null : textOf(input);
  }

  /**
   * The runs of the session that completed before this run began, oldest first, as texts of their input and content: the
   * last `n`, or all that the session remembers. None for a run of no session.
   */
  getWorkflowHistory(n?: number): [input: string, output: string][] {
    return lastRuns(this.#history, n).map(([input, output]) => [input, output]);
  }

  /** The same as a block of text, as agents are sent it; `null` where there are none. */
  getWorkflowHistoryContext(n?: number): string | null {
    return historyContext(lastRuns(this.#history, n)) || null;
  }
}

function byName(outputs: readonly StepResult[]): Map<string, StepResult> {
  const named = new Map<string, StepResult>();
  for (const output of outputs) {
    named.delete(output.name);
    named.set(output.name, output);
  }
  return named;
}

function latest(outputs: readonly StepResult[], name: string): StepResult | undefined {
  for (const output of outputs.toReversed()) {
    if (output.name === name) return output;
    const inside = latest(output.steps, name);
    if (inside !== undefined) return inside;
  }
  return undefined;
}
