import type { AnyWorkflow } from 'outlast';
import { startLocal } from 'outlast/local';
import { createWorker } from 'outlast/worker';

/**
 * Serves a program's workflows until it is closed: on the server that TEMPORAL_ADDRESS names, that of `npm run server`,
 * say, where the Web UI shows the runs afterwards; else on one of its own, which ends with it.
 */
export async function serve(...workflows: AnyWorkflow[]): Promise<{ close(): Promise<void> }> {
  if (process.env['TEMPORAL_ADDRESS'] === undefined) return startLocal({ workflows });
  const worker = await createWorker({ workflows });
  const served = worker.run();
  return {
    async close() {
      await worker.close();
      await served;
    },
  };
}
