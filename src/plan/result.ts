import type { CallResult, SomeMedia } from './contract.js';
import { MEDIA_KINDS, NO_MEDIA, type MediaLists, type StepResult } from './output.js';

/** What stands as the error of a step that was under way when its run was cancelled. */
export const CANCELLED = 'cancelled';

/** A step's result as its activity gave it. */
export function resultOf(name: string, result: CallResult): StepResult {
  return {
    name,
    type: 'Step',
    content: result.content ?? null,
    success: result.success ?? true,
    stop: result.stop ?? false,
    skipped: false,
    error: result.error ?? null,
    images: result.images ?? [],
    videos: result.videos ?? [],
    audio: result.audio ?? [],
    files: result.files ?? [],
    ...(result.run !== undefined && { runId: result.run }),
    steps: [],
  };
}

/** The same as a call records it: without what holds its default. */
export function callResultOf(result: StepResult): CallResult {
  return {
    ...(result.content !== null && { content: result.content }),
    ...(!result.success && { success: false }),
    ...(result.stop && { stop: true }),
    ...(result.error !== null && { error: result.error }),
    ...(result.runId !== undefined && { run: result.runId }),
    ...someOf(result),
  };
}

/** Lists of media without the empty ones. */
export function someOf(media: MediaLists): SomeMedia {
  const filled = MEDIA_KINDS.filter((kind) => media[kind].length > 0);
  return Object.fromEntries(filled.map((kind) => [kind, media[kind]]));
}

/** The result of a step that gave none. */
export function failedResult(name: string, error: string, skipped: boolean): StepResult {
  return {
    name,
    type: 'Step',
    content: null,
    success: false,
    stop: false,
    skipped,
    error,
    ...NO_MEDIA,
    steps: [],
  };
}
