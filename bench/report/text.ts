import { columns, shown } from './columns.js';
import { explanation } from './explanation.js';
import { machineLine } from './machine.js';
import type { Report } from './report.js';

/** The report for people. */
export function textOf(report: Report): string {
  const { machine, amounts, figures, longRun } = report;
  return [
    `outlast and a hand-written Temporal workflow: medians of ${amounts.rounds} alternating rounds (least to most)`,
    machineLine(machine),
    '',
    ...columns([
      ['', 'unit', 'outlast', 'hand-written', 'cost'],
      ...figures.map(({ title, unit, outlast, handWritten, cost }) => {
        return [title, unit, shown(outlast), shown(handWritten), shown(cost, 2)];
      }),
    ]),
    '',
    'cost: what outlast takes over what the hand-written one takes, round by round; above 1 it takes more.',
    ...verdict(report),
    '',
    `A run of ${longRun.steps} steps (${longRun.events} events, ${longRun.bytes} bytes), read in ms:`,
    ...columns([
      ['getRun', shown(longRun.getRun)],
      ['getRun, stepResults: false', shown(longRun.summary)],
      ["its history alone, by Temporal's client", shown(longRun.fetchHistory)],
    ]),
    '',
    explanation(report),
  ].join('\n');
}

/** What throughput and latency may cost. */
const AIM = 1.1;
const AT_WORST = 1.25;

function verdict({ figures }: Report): string[] {
  const aimed = figures.filter(({ aimed }) => aimed);
  const beyond = (limit: number): string => {
    const names = aimed
      .filter(({ cost }) => cost.median > limit)
      .map(({ title, cost }) => `${title} (${cost.median.toFixed(2)})`);
    return names.length === 0 ? 'none' : names.join('; ');
  };
  return [
    `Aim in throughput and latency: ${AIM}. Above it: ${beyond(AIM)}.`,
    `At the worst: ${AT_WORST}. Above it: ${beyond(AT_WORST)}.`,
  ];
}
