import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';

export const WORKFLOWS_PATH: string = fileURLToPath(new URL('workflows.ts', import.meta.url));

/** The code of the hand-written workflows' bundle. */
export async function handWrittenBundle(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: WORKFLOWS_PATH,
    logger: new DefaultLogger('WARN'),
  });
  return code;
}
