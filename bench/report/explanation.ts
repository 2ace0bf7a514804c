import type { KindSize } from '../measure/history.js';
import type { Metric } from '../measure/rounds.js';
import type { Spread } from '../measure/spread.js';
import type { Difference } from './parts.js';
import type { Report } from './report.js';

/** What the difference is made of, in a paragraph: nothing but what was measured. */
export function explanation({ figures, parts, amounts }: Report): string {
  const bytes = figures.find(({ title, unit }) => unit === 'bytes' && title.includes(' 3 '));
  const more = (bytes?.outlast.median ?? 0) - (bytes?.handWritten.median ?? 0);
  const about = {
    threePerSecond: `Of ${amounts.atOnce} at once a run of 3 steps`,
    threeCpu: 'Of the CPU of client and worker it',
    threeResult: 'In sequence it',
    thirtyPerSecond: `Of ${amounts.thirtyAtOnce} at once a run of 30 steps`,
    thirtyResult: 'In sequence it',
  } as Partial<Record<Metric, string>>;
  return wrapped(
    [
      'What the difference is made of.',
      ...parts.differences.map((each) => `${about[each.metric] ?? each.metric} ${sentence(each)}`),
      `The history of 3 steps has ${String(more)} bytes more: ${kinds(parts.history)}.`,
    ].join(' '),
  );
}

function sentence({ unit, all, reading, plan, rest }: Difference): string {
  return (
    `takes ${signed(all)} ${unit} beside the hand-written one: ${signed(reading)} for reading the run and its ` +
    `history instead of its result alone, ${signed(plan)} for the plan (a local activity and its marker), ` +
    `${signed(rest)} for the walk, what steps are given and what is around an executor.`
  );
}

function signed({ median }: Spread): string {
  const text = median.toFixed(Math.abs(median) < 10 ? 2 : 1);
  return median < 0 ? text.replace('-', '−') : `+${text}`;
}

/** The kinds of events that make up most of it. */
function kinds(history: Readonly<Record<string, KindSize>>): string {
  return Object.entries(history)
    .filter(([, { bytes }]) => Math.abs(bytes) >= 10)
    .map(([kind, { events, bytes }]) => {
      const extra = events === 0 ? '' : ` (${events > 0 ? '+' : ''}${events} events)`;
      return `${bytes > 0 ? '+' : ''}${bytes} in ${kind}${extra}`;
    })
    .join(', ');
}

const WIDTH = 100;

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}
