import type { Spread } from '../measure/spread.js';

/** `123 (110–130)`; one number where all rounds agree. */
export function shown({ median, min, max }: Spread, digits = digitsFor(median)): string {
  const [middle = '', least = '', most = ''] = [median, min, max].map((value) =>
    value.toFixed(digits).replace('-', '−'),
  );
  return least === most ? middle : `${middle} (${least} to ${most})`;
}

function digitsFor(value: number): number {
  return Math.abs(value) < 100 && !Number.isInteger(value) ? 1 : 0;
}

/** Rows with their cells one below the other; the first column to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
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

const WIDTH = 100;

/** A paragraph, in lines. */
export function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}
