/** @inline */
type Unit =
  | 'ms'
  | 's'
  | 'sec'
  | 'second'
  | 'seconds'
  | 'm'
  | 'min'
  | 'minute'
  | 'minutes'
  | 'h'
  | 'hour'
  | 'hours'
  | 'd'
  | 'day'
  | 'days';

/** Milliseconds, or a string such as `'5 seconds'`, `'1.5h'` or `'250ms'`. */
export type Duration = number | `${number}${Unit}` | `${number} ${Unit}`;

const MILLISECONDS: Readonly<Record<Unit, number>> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  seconds: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
};

/** What a message calls the form of a duration. */
export const DURATION_FORM = "a positive number of milliseconds or a string such as '5 seconds'";

/** Whole milliseconds of a duration; `null` for anything that isn't a finite duration of zero or more. */
export function milliseconds(duration: unknown): number | null {
  if (typeof duration === 'number')
    return Number.isFinite(duration) && duration >= 0 ? Math.round(duration) : null;
  if (typeof duration !== 'string') return null;
  const match = /^(\d+(?:\.\d+)?) ?([a-z]+)$/.exec(duration);
  const unit = match?.[2];
  if (match === null || unit === undefined || !Object.hasOwn(MILLISECONDS, unit)) return null;
  return Math.round(Number(match[1]) * MILLISECONDS[unit as Unit]);
}
