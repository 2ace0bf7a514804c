import { isEmpty, textOf, type Json } from './json.js';
import type { Metrics } from './metrics.js';

/** The kinds of node, as results name them. */
export type NodeType = 'Step' | 'Steps' | 'Parallel' | 'Condition' | 'Loop' | 'Router' | 'ForEach';

/** The kinds of node that others stand in. */
export type ContainerType = Exclude<NodeType, 'Step'>;

/** An image, a video, a sound or a file: where it is, or its bytes in base64 with their MIME type. */
export interface Media {
  readonly url?: string;
  readonly data?: string;
  readonly mimeType?: string;
  readonly name?: string;
}

export const MEDIA_KINDS = ['images', 'videos', 'audio', 'files'] as const;

/**
 * The lists of media that results and inputs have.
 *
 * @useDeclaredType
 */
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** A list of media for each kind. */
export type MediaLists = Readonly<Record<MediaKind, readonly Media[]>>;

export const NO_MEDIA: MediaLists = { images: [], videos: [], audio: [], files: [] };

/** What a node gave, as everybody who looks at a run sees it. */
export interface StepResult extends MediaLists {
  readonly name: string;
  readonly type: NodeType;
  /** What flowed out of the node; `null` when it was skipped, failed or gave nothing. */
  readonly content: Json;
  readonly success: boolean;
  /** It asked the run to end after it. */
  readonly stop: boolean;
  /** It did not take part: the content before it flows on. */
  readonly skipped: boolean;
  readonly error: string | null;
  /** Of a step that is a workflow: the `runId` of its run. */
  readonly runId?: string;
  /** Of a step that is an agent or a team. Of a step that is a workflow its run has them. */
  readonly metrics?: Metrics;
  /**
   * Results of a container's children, in the order of the definition; of a loop those of one iteration after the other,
   * of a ForEach in the order of the items. Empty for a step.
   */
  readonly steps: readonly StepResult[];
}

/**
 * Stands for a content that an earlier execution of the run has: known by its call, and fetched where the walk itself
 * needs it. Told by its identity.
 */
export const NOT_HERE: Json = Object.freeze({ 'outlast.notHere': true });

/** A Parallel's content: one branch's as it is, several under their names, none as `null`. */
function joined(branches: readonly StepResult[]): Json {
  const filled = branches.filter((branch) => !isEmpty(branch.content));
  if (filled.length < 2) return filled[0]?.content ?? null;
  return someAreElsewhere(filled) ? NOT_HERE : sections(filled);
}

function someAreElsewhere(steps: readonly StepResult[]): boolean {
  return steps.some(({ content }) => content === NOT_HERE);
}

/** `=== NAME ===` and the text of each, with blank lines between. */
export function sections(outputs: readonly StepResult[]): string {
  return outputs.map(({ name, content }) => `=== ${name} ===\n${textOf(content)}`).join('\n\n');
}

/** A content as who asks for it by name is given it: of a Parallel an object of its branches' by their names, without the empty ones; `undefined` if none is left. */
export function contentByName(output: StepResult): Json | undefined {
  if (output.type !== 'Parallel') return output.content;
  const filled = output.steps.filter(({ content }) => !isEmpty(content));
  return filled.length === 0
    ? undefined
    : Object.fromEntries(filled.map(({ name, content }) => [name, content]));
}

/** What flows on after a node: its content, or what came in where it was skipped. */
export function flowAfter(flow: Json, output: StepResult): Json {
  return output.skipped ? flow : output.content;
}

/** A container's result, which follows from its children's alone: neither a call nor a history repeats it. */
export function containerResult(
  name: string,
  type: ContainerType,
  steps: readonly StepResult[],
  failure: string | null,
): StepResult {
  const skipped = failure === null && steps.every((step) => step.skipped);
  return {
    name,
    type,
    content: failure === null && !skipped ? containerContent(type, steps) : null,
    success: failure === null && steps.every((step) => step.success),
    stop: steps.some((step) => step.stop),
    skipped,
    error: failure,
    ...mediaOf(steps),
    steps,
  };
}

function containerContent(type: ContainerType, steps: readonly StepResult[]): Json {
  switch (type) {
    case 'Parallel':
      return joined(steps);
    case 'Steps':
    case 'Condition':
    case 'Loop':
    case 'Router':
      return steps.reduce<Json>(flowAfter, null);
    case 'ForEach':
      return someAreElsewhere(steps) ? NOT_HERE : steps.map(({ content }) => content);
  }
}

/** Media accumulates out of containers. */
export function mediaOf(outputs: readonly MediaLists[]): MediaLists {
  if (outputs.every((output) => MEDIA_KINDS.every((kind) => output[kind].length === 0)))
    return NO_MEDIA;
  return {
    images: outputs.flatMap((output) => output.images),
    videos: outputs.flatMap((output) => output.videos),
    audio: outputs.flatMap((output) => output.audio),
    files: outputs.flatMap((output) => output.files),
  };
}
