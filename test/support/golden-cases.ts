import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { GoldenCase } from './golden-case.js';

/** The cases of GOLDEN_DIR, or of test/golden. A folder's own, or those in its `cases`. */
export const goldenCases: readonly GoldenCase[] = casesIn(
  process.env['GOLDEN_DIR'] ?? path.join(import.meta.dirname, '../golden'),
);

/** @throws where there is no case: an empty folder would pass otherwise. */
function casesIn(folder: string): readonly GoldenCase[] {
  const inside = path.join(folder, 'cases');
  const home = existsSync(inside) ? inside : folder;
  const files = readdirSync(home).filter((file) => file.endsWith('.json'));
  if (files.length === 0) throw new Error(`There is no golden case in ${path.resolve(folder)}.`);
  return files
    .sort()
    .map((file) => JSON.parse(readFileSync(path.join(home, file), 'utf8')) as GoldenCase);
}
