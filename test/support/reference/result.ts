import { MEDIA, type GoldenMedia, type GoldenResult, type Json } from '../golden-case.js';
import { isEmpty, sectionsOf } from './values.js';

/** What a node gave: its `StepOutput`. */
export interface Result extends GoldenMedia {
  readonly name: string;
  readonly type: ResultType;
  readonly content: Json;
  readonly success: boolean;
  readonly stop: boolean;
  readonly skipped: boolean;
  readonly error: string | null;
  readonly steps: readonly Result[];
}

type ResultType = 'Step' | ContainerType;

type ContainerType = 'Steps' | 'Parallel' | 'Condition' | 'Loop' | 'Router' | 'ForEach';

const NO_MEDIA: GoldenMedia = { images: [], videos: [], audio: [], files: [] };

/** What a step's executor gave. */
export function given(name: string, output: Partial<Result>): Result {
  return {
    ...{ name, type: 'Step', content: null, success: true },
    ...{ stop: false, skipped: false, error: null, ...NO_MEDIA, steps: [] },
    ...output,
  };
}

/** A container's result: what its children gave, and the error that failed it, if one did. */
export function contained(
  name: string,
  type: ContainerType,
  steps: readonly Result[],
  error: string | null,
): Result {
  const skipped = error === null && steps.every((step) => step.skipped);
  return {
    name,
    type,
    content: error !== null || skipped ? null : contentOf(type, steps),
    success: error === null && steps.every((step) => step.success),
    stop: steps.some((step) => step.stop),
    skipped,
    error,
    ...mediaOf(steps),
    steps,
  };
}

function contentOf(type: ContainerType, steps: readonly Result[]): Json {
  const filled = steps.filter(({ content }) => !isEmpty(content));
  switch (type) {
    case 'Parallel':
      return filled.length < 2 ? (filled[0]?.content ?? null) : sectionsOf(filled);
    case 'ForEach':
      return steps.map(({ content }) => content);
    case 'Steps':
    case 'Condition':
    case 'Loop':
    case 'Router':
      return steps.reduce<Json>(flowAfter, null);
  }
}

/** Skipped nodes are transparent: what came in flows on. */
export function flowAfter(flow: Json, result: Result): Json {
  return result.skipped ? flow : result.content;
}

/** Media accumulates along the flow and out of containers. */
export function mediaOf(all: readonly GoldenMedia[]): GoldenMedia {
  return {
    images: all.flatMap(({ images }) => images),
    videos: all.flatMap(({ videos }) => videos),
    audio: all.flatMap(({ audio }) => audio),
    files: all.flatMap(({ files }) => files),
  };
}

/** As the cases write it: what is empty isn't there. */
export function written(result: Result): GoldenResult {
  const { name, type, content, success, stop, error, skipped, steps } = result;
  const media = MEDIA.filter((kind) => result[kind].length > 0).map((kind) => [kind, result[kind]]);
  return {
    ...{ name, type, content, success, stop, error, skipped },
    ...(Object.fromEntries(media) as Partial<GoldenMedia>),
    ...(steps.length > 0 && { steps: steps.map(written) }),
  };
}
