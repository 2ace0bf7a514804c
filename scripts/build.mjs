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
const before = recorded('outputs')?.split('\n') ?? [];
if (missesTypes() || !before.every(exists) || recorded('build') !== inputs) {
  // Of a build that is broken off nobody is to think that it is whole.
  record('build', '');
  // tsc takes what it has once written as still there.
  if (missesTypes()) rmSync(path.join(root, TSC_RECORD), { force: true });
  compile();
  const outputs = await modules();
  outputs.set(BUNDLE, await bundle('src/workflows/index.ts'));
  const files = [...outputs.keys()];
  // What others load comes first.
  const chunks = files.filter((file) => file.startsWith('dist/chunks/'));
  for (const file of new Set([...chunks, ...files])) {
    writeWhole(path.join(root, file), outputs.get(file) ?? '');
  }
  removeOrphans(new Set([...files, ...before]));
  record('outputs', files.join('\n'));
  record('build', inputs);
}

/** @param {string} file */
function exists(file) {
  return existsSync(path.join(root, file));
}

function missesTypes() {
  return sources().some((source) => !exists(`dist/${source}.d.ts`));
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
 * What no source makes any more isn't of the package. What the build before made stays for once: programs that run may
 * load it yet.
 *
 * @param {ReadonlySet<string>} outputs
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
