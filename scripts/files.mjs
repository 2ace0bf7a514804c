/** What the build knows about files: where they are, and whether they have changed. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/** The repository's own folder. */
export const root = path.resolve(import.meta.dirname, '..');

/** The scripts that make dist/ what it is: another version of them may make another dist/. */
export const buildScripts = ['build', 'bundle', 'files', 'modules'].map(
  (name) => `scripts/${name}.mjs`,
);

/**
 * Every file in `folder` and below, as sorted paths from the root with `/` between names.
 * Dot folders are left out: they hold what the build remembers.
 *
 * @param {string} folder
 * @returns {string[]}
 */
export function filesUnder(folder) {
  const at = path.join(root, folder);
  if (!existsSync(at)) return [];
  return readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !file.includes('/.'))
    .sort();
}

/**
 * One hash over the names and contents of files.
 *
 * @param {string[]} files
 */
export function digest(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

/**
 * The digest that the last good run of `task` ended on; `null` before the first.
 *
 * @param {string} task
 */
export function recorded(task) {
  const file = path.join(root, 'dist/.build', task);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/**
 * Remembers that `task` is done for inputs of this digest.
 *
 * @param {string} task
 * @param {string} inputs
 */
export function record(task, inputs) {
  writeWhole(path.join(root, 'dist/.build', task), inputs);
}

/**
 * Writes a file so that nobody ever reads half of it: builds may run at the same time as each other
 * and as workers that read their result.
 *
 * @param {string} file
 * @param {string} text
 */
export function writeWhole(file, text) {
  const drafts = path.join(root, 'dist/.build');
  for (const folder of [drafts, path.dirname(file)]) mkdirSync(folder, { recursive: true });
  const draft = path.join(drafts, `${path.basename(file)}.${process.pid}`);
  writeFileSync(draft, text);
  renameSync(draft, file);
}
