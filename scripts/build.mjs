/**
 * `npm run build`: src/ → dist/: types, modules, and the workflow bundle. Does nothing where no input has changed,
 * since every script that runs the package builds first; says nothing unless something is wrong.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { BUNDLE, bundle } from './bundle.mjs';
import { buildScripts, digest, filesUnder, record, recorded, root, writeWhole } from './files.mjs';
import { modules } from './modules.mjs';

const TSC_RECORD = 'dist/.build/tsc.json';
const CONFIGURATION = [
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.build.json',
];

const inputs = digest([...CONFIGURATION, ...buildScripts, ...filesUnder('src')]);
if (missesTypes() || !existsSync(path.join(root, BUNDLE)) || recorded('build') !== inputs) {
  // tsc takes what it has once written as still there.
  if (missesTypes()) rmSync(path.join(root, TSC_RECORD), { force: true });
  compile();
  const outputs = await modules();
  outputs.set(BUNDLE, await bundle('src/workflows/index.ts'));
  for (const [file, text] of outputs) writeWhole(path.join(root, file), text);
  removeOrphans(outputs);
  record('build', inputs);
}

function missesTypes() {
  return sources().some((source) => !existsSync(path.join(root, `dist/${source}.d.ts`)));
}

/** Checks the types, and writes them down. */
function compile() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * What an earlier build made is not of the package any more where its source is gone.
 *
 * @param {ReadonlyMap<string, string>} outputs
 */
function removeOrphans(outputs) {
  const types = new Set(sources().map((source) => `dist/${source}.d.ts`));
  for (const file of filesUnder('dist')) {
    if (outputs.has(file) || types.has(file.replace(/\.map$/, ''))) continue;
    rmSync(path.join(root, file), { force: true });
  }
}

/** The modules of src/, by their path in it without ending. */
function sources() {
  return filesUnder('src').map((file) => file.replace(/^src\/(.*)\.ts$/, '$1'));
}
