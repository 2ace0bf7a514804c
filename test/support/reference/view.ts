import type { GoldenMedia, Json, JsonObject } from '../golden-case.js';
import { isEmpty, sectionsOf, textOf } from './values.js';
import { mediaOf, type Result } from './result.js';

/** What a run is given, the same for all of its steps. */
export interface RunFacts {
  readonly input: Json;
  readonly additionalData: JsonObject;
  readonly media: GoldenMedia;
  /** The session's completed runs, oldest first. */
  readonly history: readonly PastRun[];
}

/** A completed run: TEXT of its input and of its content. */
export type PastRun = readonly [input: string, output: string];

/** What a step, an evaluator or a selector sees: semantics, section 2. */
export class View {
  constructor(
    readonly run: RunFacts,
    /** `previousStepContent`: what flows in. */
    readonly flow: Json,
    /** The outputs before it at its level and at every level above, in the order in which they ended. */
    readonly outputs: readonly Result[],
    /** What its executors change is theirs alone until their step has ended. */
    readonly state: JsonObject,
  ) {}

  /** Visible outputs by name; a name used again counts once, where it was used last. */
  get byName(): ReadonlyMap<string, Result> {
    const named = new Map<string, Result>();
    for (const output of this.outputs) {
      named.delete(output.name);
      named.set(output.name, output);
    }
    return named;
  }

  /** The latest output of that name, also inside containers. */
  output(name: string): Result | undefined {
    return latest(this.outputs, name);
  }

  /** Its content; of a Parallel an object of its branches, without the empty ones. */
  content(name: string): Json | undefined {
    const output = this.output(name);
    if (output?.type !== 'Parallel') return output?.content;
    const branches = output.steps.filter(({ content }) => !isEmpty(content));
    if (branches.length === 0) return undefined;
    return Object.fromEntries(branches.map((branch) => [branch.name, branch.content]));
  }

  get allContent(): string {
    return sectionsOf([...this.byName.values()]);
  }

  /** TEXT of the input; `null` without one. */
  get inputText(): string | null {
    return this.run.input === null ? null : textOf(this.run.input);
  }

  /** The run's own media, and what has come along the flow. */
  get media(): GoldenMedia {
    return mediaOf([this.run.media, ...this.outputs]);
  }

  /** The last `n` completed runs of the session. */
  history(n?: number): readonly PastRun[] {
    const { history } = this.run;
    return n === undefined ? history : history.slice(Math.max(0, history.length - n));
  }

  /** The same as a block of text; `null` without any. */
  historyContext(n?: number): string | null {
    const runs = this.history(n);
    if (runs.length === 0) return null;
    const blocks = runs.map(
      ([input, output], index) =>
        `[Workflow Run-${index + 1}]\nUser input: ${input}\nWorkflow output: ${output}\n\n`,
    );
    return `<workflow_history_context>\n${blocks.join('')}</workflow_history_context>\n`;
  }
}

function latest(outputs: readonly Result[], name: string): Result | undefined {
  for (const output of outputs.toReversed()) {
    const found = output.name === name ? output : latest(output.steps, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
