import type { SomeMedia } from '../plan/contract.js';
import {
  containerResult,
  MEDIA_KINDS,
  type ContainerType,
  type StepResult,
} from '../plan/output.js';
import { someOf } from '../plan/result.js';
import type { Output } from '../walk/scope.js';

/** What a container's result says beside what follows from those of its children that are visible. */
export interface Beyond {
  readonly success?: false;
  readonly media?: SomeMedia;
}

export function beyond(
  type: ContainerType,
  all: Pick<StepResult, 'name' | 'success' | 'error' | (typeof MEDIA_KINDS)[number]>,
  visible: readonly Output[],
): Beyond {
  const results = visible.map(({ result }) => result);
  const seen = containerResult(all.name, type, results, all.error);
  const isMore = MEDIA_KINDS.some((kind) => all[kind].length !== seen[kind].length);
  return {
    ...(!all.success && seen.success && { success: false }),
    ...(isMore && { media: someOf(all) }),
  };
}
