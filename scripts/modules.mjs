/** Bundles src/ into dist/: one module a face of the package and what they share, because 150 files take Node 0.1 s more to load. */
import path from 'node:path';
import { root } from './files.mjs';

const OPTIONS = /** @satisfies {import('esbuild').BuildOptions} */ ({
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  write: false,
});

/** The faces of the package, as package.json names them, and the program behind `npm run server`. */
const ENTRIES = [
  'index',
  'worker/index',
  'client/index',
  'local/index',
  'tools/index',
  'testing/index',
  'local/server',
];

/**
 * What dist/ holds beside types and workflow code: contents by their paths from the root.
 *
 * @returns {Promise<Map<string, string>>}
 */
export async function modules() {
  return outputsOf({
    entryPoints: Object.fromEntries(ENTRIES.map((name) => [name, `src/${name}.ts`])),
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
  });
}

/**
 * The workflow code as one module, with what is ours in it and Temporal's left out.
 *
 * @param {string} workflowsPath from the root
 * @param {string} outfile from the root
 * @returns {Promise<Map<string, string>>}
 */
export function workflowModule(workflowsPath, outfile) {
  return outputsOf({ entryPoints: [workflowsPath], outfile, splitting: false });
}

/**
 * @param {import('esbuild').BuildOptions} options
 * @returns {Promise<Map<string, string>>}
 */
async function outputsOf(options) {
  // Loading it takes longer than finding out that there is nothing to do.
  const { build } = await import('esbuild');
  const { outputFiles = [] } = await build({ ...OPTIONS, ...options });
  return new Map(outputFiles.map(({ path: file, text }) => [path.relative(root, file), text]));
}
