import type { KindSize } from '../measure/history.js';
import type { Spread } from '../measure/spread.js';
import { columns, shown, wrapped } from './columns.js';
import type { Report } from './report.js';

/** What the difference is made of: nothing but what was measured. */
export function explanation({ figures, parts }: Report): string {
  const bytes = figures.find(({ title, unit }) => unit === 'bytes' && title.includes(' 3 '));
  const more = (bytes?.outlast.median ?? 0) - (bytes?.handWritten.median ?? 0);
  return [
    'What outlast takes more, in ms a run, and what that is made of; in brackets what is not above the noise:',
    ...columns([
      ['', 'in all', 'reading', 'plan', 'rest'],
      ...parts.differences.map(({ title, all, reading, plan, rest }) => [
        title,
        ...[all, reading, plan, rest].map(amount),
      ]),
    ]),
    wrapped(
      'reading: the run and its whole history are read when it is done, where the other waits for the result alone ' +
        '(outlast, less outlast awaited by a bare handle.result()). plan: a local activity and its marker (the ' +
        'hand-written workflow with one that answers the same plan, less without). rest: the walk, what steps are ' +
        `given, and what is around an executor. The history of 3 steps has ${String(more)} bytes more: ` +
        `${kinds(parts.history)}.`,
    ),
  ].join('\n');
}

/** A difference that is above 0 in one round and below it in another says nothing. */
function amount(spread: Spread): string {
  const text = shown(spread, 1);
  return spread.min < 0 && spread.max > 0 ? `[${text}]` : text;
}

/** The kinds of events that make up most of it. */
function kinds(history: Readonly<Record<string, KindSize>>): string {
  return Object.entries(history)
    .filter(([, { bytes }]) => Math.abs(bytes) >= 10)
    .map(([kind, { events, bytes }]) => {
      const extra = events === 0 ? '' : ` (${signed(events)} events)`;
      return `${signed(bytes)} in ${kind}${extra}`;
    })
    .join(', ');
}

function signed(value: number): string {
  return value < 0 ? `−${-value}` : `+${value}`;
}
