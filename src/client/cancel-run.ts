import { describe } from './describe.js';
import { orNull } from './history.js';
import type { CancelOptions } from './run.js';
import { isFinal } from './run.js';
import type { Server } from './server.js';

/** True where the run was open; `null` where there is none. */
export async function cancelRun(
  server: Server,
  runId: string,
  { force = false }: CancelOptions,
): Promise<boolean | null> {
  const description = await describe(server, runId);
  if (description === null) return null;
  if (isFinal(description.status)) return false;
  // Whichever execution of the run it is in by now, and none that was started anew under its id.
  const { firstRunId: firstExecutionRunId } = description;
  const handle = server.client.workflow.getHandle(runId, undefined, { firstExecutionRunId });
  // Nobody has taken it, so nobody would hear of a request to end.
  const end = force || description.status === 'pending';
  const done = await orNull(
    server.call(async () => {
      await (end ? handle.terminate('cancelled') : handle.cancel());
      return true;
    }),
  );
  // It closed in between.
  return done ?? false;
}
