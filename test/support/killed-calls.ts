import type { CallStart } from './call-journal.js';
import type { Decided } from './golden-case.js';
import type { RecordedCall } from './recorded-calls.js';

/** The end of a worker's process. */
export interface Kill {
  readonly pid: number;
  readonly at: number;
}

/** The starts of one call's executor, in their order. */
type Call = readonly CallStart[];

/** Starts that a kill made necessary again. */
export function repeatedOf(call: Call, kills: readonly Kill[]): readonly CallStart[] {
  return call.filter((start, index) => isHit(start, call[index + 1], kills));
}

/** What was done again without need, a line for each: only a failure or a kill is a reason to start a call again. */
export function faultsOf(
  call: Call,
  recorded: readonly RecordedCall[],
  kills: readonly Kill[],
): string[] {
  const [{ runId, call: id }] = call as readonly [CallStart];
  const at = `${id} of ${runId}`;
  const records = recorded.filter((each) => each.runId === runId && each.call === id);
  const completed = records[0]?.completed ?? Infinity;
  return [
    ...(records.length === 1 ? [] : [`${at}: the history has ${records.length} ends of it`]),
    ...(call.at(-1)!.end === null ? [`${at}: it was lost`] : []),
    ...call.flatMap((start, index) => [
      ...(start.began > completed ? [`${at}: it began again after its end`] : []),
      ...(index === call.length - 1 || start.end === 'threw' || isHit(start, call[index + 1], kills)
        ? []
        : [`${at}: start ${index + 1} was repeated, and its worker was alive`]),
    ]),
  ];
}

/**
 * Where the calls of a run's functions, without those that a kill repeated, are not as many as decided: a line for each. Of
 * what threw just before a kill nobody knows whether the server heard of it.
 */
export function miscounted(
  calls: readonly Call[],
  decided: NonNullable<Decided['attempts']>,
  kills: readonly Kill[],
): string[] {
  const paths = new Set([...Object.keys(decided), ...calls.map(([start]) => start!.path)]);
  return [...paths].flatMap((path) => {
    const ofPath = calls.filter(([start]) => start!.path === path);
    const repeated = ofPath.flatMap((call) => repeatedOf(call, kills));
    const most = ofPath.flat().length - repeated.filter(({ end }) => end !== 'threw').length;
    const least = ofPath.flat().length - repeated.length;
    const wanted = decided[path] ?? 0;
    const isRight = least <= wanted && wanted <= most;
    return isRight ? [] : [`attempts.${path}: got ${least} to ${most}, decided is ${wanted}`];
  });
}

/** Its process was killed before the call began again. */
function isHit(start: CallStart, next: CallStart | undefined, kills: readonly Kill[]): boolean {
  return next !== undefined && kills.some(({ pid, at }) => pid === start.pid && at <= next.began);
}
