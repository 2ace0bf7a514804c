import type { CallResult } from './contract.js';
import { MEDIA_KINDS, NO_MEDIA, type MediaKind, type StepResult } from './output.js';

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
    steps: [],
  };
}

/** The same as a call records it: without what holds its default. */
export function callResultOf(result: StepResult): CallResult {
  const media = MEDIA_KINDS.filter((kind) => result[kind].length > 0).map((kind) => [
    kind,
    result[kind],
  ]);
  return {
    ...(result.content !== null && { content: result.content }),
    ...(!result.success && { success: false }),
    ...(result.stop && { stop: true }),
    ...(result.error !== null && { error: result.error }),
    ...(Object.fromEntries(media) as Pick<CallResult, MediaKind>),
  };
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
