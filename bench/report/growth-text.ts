import type { GrowthReport } from '../growth.js';
import { PLACES, type Growth, type Place } from '../measure/growth.js';
import { pairwise, type Spread } from '../measure/spread.js';
import { columns, shown } from './columns.js';
import { machineLine } from './machine.js';

const FIRST = PLACES[0];

/** The report for people. */
export function growthText({ machine, rounds, shapes }: GrowthReport): string {
  const head = ['', '', ...PLACES.map((place) => `step ${place}`), ...PLACES.slice(1).map(over)];
  const rows = shapes.flatMap(({ title, growth }) => [
    row(title, 'ms', growth, 'milliseconds'),
    row('', 'bytes', growth, 'bytes'),
  ]);
  return [
    `What a step takes of a run: medians of ${rounds} runs (least to most), each the mean of 20 steps`,
    machineLine(machine),
    '',
    ...columns([head, ...rows]),
  ].join('\n');
}

function row(title: string, unit: string, growth: Growth, of: 'milliseconds' | 'bytes'): string[] {
  const at = (place: Place): Spread => growth[place][of];
  const ratio = (place: Place): string =>
    shown(
      pairwise(at(place), at(FIRST), (late, early) => late / early),
      2,
    );
  return [title, unit, ...PLACES.map((place) => shown(at(place))), ...PLACES.slice(1).map(ratio)];
}

function over(place: Place): string {
  return `${place} over ${FIRST}`;
}
