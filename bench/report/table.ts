import type { Spread } from '../measure/spread.js';
import { explanation } from './explanation.js';
import type { Report } from './report.js';

/** The report for people. */
export function text(report: Report): string {
  const { machine, amounts, figures, longRun } = report;
  const rows = figures.map(({ title, unit, outlast, handWritten, cost }) => [
    title,
    unit,
    shown(outlast),
    shown(handWritten),
    shown(cost, 2),
  ]);
  const reading = [
    ['getRun', shown(longRun.getRun)],
    ['getRun, stepResults: false', shown(longRun.summary)],
    ["the history alone, by Temporal's client", shown(longRun.fetchHistory)],
  ];
  return [
    `outlast and a hand-written Temporal workflow: medians of ${amounts.rounds} alternating rounds (least–most)`,
    `Node ${machine.node}, ${machine.platform}, ${machine.cpus} × ${machine.cpuModel}, load before ${machine.loadBefore.toFixed(1)}; Temporal server ${machine.server}, SDK ${machine.sdk}`,
    '',
    ...columns([['', 'unit', 'outlast', 'hand-written', 'cost'], ...rows]),
    '',
    'cost: what outlast takes over what the hand-written one takes, round by round; above 1 it takes more.',
    verdict(report),
    '',
    `A run of ${longRun.steps} steps (${longRun.events} events, ${longRun.bytes} bytes), read in ms:`,
    ...columns(reading),
    '',
    explanation(report),
  ].join('\n');
}

/** What throughput and latency may cost. */
const AIM = 1.1;
const AT_WORST = 1.25;

function verdict({ figures }: Report): string {
  const aimed = figures.filter(({ aimed }) => aimed);
  const beyond = (limit: number): string => {
    const titles = aimed.filter(({ cost }) => cost.median > limit).map(({ title }) => title);
    return titles.length === 0 ? 'none' : titles.join('; ');
  };
  return [
    `Aim in throughput and latency: ${AIM}, at the worst ${AT_WORST}.`,
    `Above ${AIM}: ${beyond(AIM)}.`,
    `Above ${AT_WORST}: ${beyond(AT_WORST)}.`,
  ].join('\n');
}

/** `123 (110–130)`; one number where all rounds agree. */
function shown({ median, min, max }: Spread, digits = digitsFor(median)): string {
  const [middle, least, most] = [median, min, max].map((value) => value.toFixed(digits));
  return least === most ? String(middle) : `${String(middle)} (${String(least)}–${String(most)})`;
}

function digitsFor(value: number): number {
  return Math.abs(value) < 100 && !Number.isInteger(value) ? 1 : 0;
}

/** Rows with their cells one below the other; the first column to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
