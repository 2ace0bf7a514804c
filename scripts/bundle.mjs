/** Makes dist/workflow-bundle.js: all that runs in Temporal's sandbox, bundled once, here, for every user. */
import path from 'node:path';
import { root, writeWhole } from './files.mjs';
import { workflowModule } from './modules.mjs';

/** Where package.json's `#workflow-bundle` points. */
export const BUNDLE = 'dist/workflow-bundle.js';

/**
 * The code of a bundle whose workflows are what the module at `workflowsPath` exports.
 * It ends with a source map that names the bundled files by their path from the root, without their text:
 * enough for stack traces, half the size, and nothing of the machine that built it.
 *
 * @param {string} workflowsPath from the root
 * @returns {Promise<string>}
 */
export async function bundle(workflowsPath) {
  const workflows = path.join(root, await asOneModule(workflowsPath));
  // Loading it takes longer than finding out that there is nothing to do.
  const { DefaultLogger, bundleWorkflowCode } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflows,
    // They keep nothing between runs, so that each worker loads them once, and not each run of it.
    preloadModules: [workflows],
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

/**
 * @param {string} workflowsPath
 * @returns {Promise<string>} its path from the root
 */
async function asOneModule(workflowsPath) {
  const outfile = `dist/.build/${workflowsPath.replaceAll('/', '-').replace(/ts$/, 'js')}`;
  for (const [file, text] of await workflowModule(workflowsPath, outfile)) {
    writeWhole(path.join(root, file), text);
  }
  return outfile;
}
