import type { Tool } from '../../src/definition/tool.js';
import type { StepContext, StepLog } from '../../src/plan/executor.js';
import type { JsonObject } from '../../src/plan/json.js';

/** What a call has beside its arguments. */
interface Surroundings {
  readonly signal?: AbortSignal;
  readonly log?: Partial<StepLog>;
}

/** Calls a tool as a worker does: the arguments go through its schema first. */
export async function call(
  tool: Tool | undefined,
  args: JsonObject,
  { signal = new AbortController().signal, log = {} }: Surroundings = {},
): Promise<unknown> {
  if (tool === undefined) throw new Error('There is no such tool.');
  const parsed = await tool.entry.parse(args);
  if (!parsed.ok) throw new Error(parsed.faults);
  const silent = (): void => undefined;
  const context: StepContext = {
    ...{ runId: 'run', workflowId: 'workflow', workflowName: 'Workflow', stepName: 'Step' },
    ...{
      sessionId: null,
      userId: null,
      metadata: {},
      attempt: 1,
      idempotencyKey: 'key',
      sessionState: {},
    },
    log: { debug: silent, info: silent, warn: silent, error: silent, ...log },
    heartbeat: silent,
    signal,
  };
  return tool.entry.execute(parsed.args, context);
}

/** What a call fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => new Error('It did not fail.'),
    (error: unknown) => error,
  );
  return error as Error;
}
