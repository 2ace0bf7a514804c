/** Builds dist/workflow-bundle.js: all that runs in Temporal's sandbox, bundled once, here, for every user. */
import path from 'node:path';
import { buildScripts, digest, filesUnder, record, recorded, root, writeWhole } from './files.mjs';

/** Where package.json's `#workflow-bundle` points. */
export const BUNDLE = 'dist/workflow-bundle.js';

/** Bundles dist/workflows, unless the bundle that is there was made of the same files. */
export async function buildBundle() {
  const outputs = filesUnder('dist');
  const inputs = digest([
    ...outputs.filter((file) => file !== BUNDLE && !file.includes('.d.ts')),
    ...buildScripts,
    'package-lock.json',
  ]);
  if (outputs.includes(BUNDLE) && recorded('bundle') === inputs) return;
  const code = await bundle(path.join(root, 'dist/workflows/index.js'));
  writeWhole(path.join(root, BUNDLE), code);
  record('bundle', inputs);
}

/**
 * The code of a bundle whose workflows are what the module at `workflowsPath` exports.
 * It ends with a source map that names the bundled files by their path from the root, without their text:
 * enough for stack traces, half the size, and nothing of the machine that built it.
 *
 * @param {string} workflowsPath absolute
 * @returns {Promise<string>}
 */
export async function bundle(workflowsPath) {
  // Loading it takes longer than finding out that there is nothing to do.
  const { DefaultLogger, bundleWorkflowCode } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    // They keep nothing between runs, so that each worker loads them once, and not each run of it.
    preloadModules: [workflowsPath],
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: (config) => ({
      ...config,
      context: root,
      // package.json says that modules have no side effects; that they are loaded is one here.
      optimization: { ...config.optimization, sideEffects: false },
      devtool: 'inline-nosources-source-map',
      output: { ...config.output, devtoolModuleFilenameTemplate: '[resource-path]' },
    }),
  });
  return code;
}
