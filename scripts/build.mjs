/**
 * `npm run build`: src/ → dist/, then the workflow bundle. Does nothing where no input has changed,
 * since every script that runs the package builds first; says nothing unless something is wrong.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { BUNDLE, buildBundle } from './bundle.mjs';
import { buildScripts, digest, filesUnder, record, recorded, root } from './files.mjs';

const TSC_RECORD = 'dist/.build/tsc.json';
const CONFIGURATION = ['package-lock.json', 'tsconfig.base.json', 'tsconfig.build.json'];

const inputs = digest([...CONFIGURATION, ...buildScripts, ...filesUnder('src')]);
const missing = missingOutputs();
if (missing || recorded('build') !== inputs) {
  // tsc takes what it has once written as still there.
  if (missing) rmSync(path.join(root, TSC_RECORD), { force: true });
  compile();
  removeOrphans();
  await buildBundle();
  record('build', inputs);
}

function missingOutputs() {
  const outputs = new Set(filesUnder('dist'));
  return !outputs.has(BUNDLE) || sources().some((source) => !outputs.has(`dist/${source}.js`));
}

function compile() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** tsc leaves the output of a source that is gone; the package would still contain it. */
function removeOrphans() {
  const known = new Set(sources());
  for (const file of filesUnder('dist')) {
    const output = /^dist\/(.*?)\.(?:js|d\.ts)(?:\.map)?$/.exec(file)?.[1];
    if (file === BUNDLE || output === undefined || known.has(output)) continue;
    rmSync(path.join(root, file), { force: true });
  }
}

/** The modules of src/, by their path in it without ending. */
function sources() {
  return filesUnder('src').map((file) => file.replace(/^src\/(.*)\.ts$/, '$1'));
}
