import { z, type ZodType } from 'zod';
import { Check } from '../definition/check.js';
import type { PolicyOptions } from '../definition/policy.js';
import { tool, type Tool } from '../definition/tool.js';
import { NonRetryableError } from '../plan/errors.js';
import type { StepContext } from '../plan/executor.js';

/** A workflow, as far as a tool goes by it: a `Workflow`. */
export interface Startable {
  readonly name: string;
  readonly id: string;
  readonly description: string | null;
  readonly inputSchema: ZodType | null;
  /** Starts a run. */
  run(
    input: never,
    options: {
      readonly background: true;
      readonly runId: string;
      readonly userId?: string;
      readonly signal: AbortSignal;
    },
  ): Promise<unknown>;
  /** Waits for its end, whatever that is. */
  waitForRun(
    runId: string,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly status: string; readonly content: unknown; readonly error: unknown }>;
  /** Asks it to end. */
  cancelRun(runId: string): Promise<boolean>;
}

/** How a model is offered a workflow, or an agent. Its policy is that of the call, which starts and awaits one run. */
export interface WorkflowToolOptions extends PolicyOptions {
  /** By which the model calls it. @default its id, with `_` for what a tool's name can't have */
  readonly name?: string;
  /** Tells the model what it does, and when to use it. @default its own `description` */
  readonly description?: string;
}

/**
 * A tool that runs a workflow and gives what it comes to. The run is one of its own, on the Temporal server of the worker's
 * process (`configure`, TEMPORAL_*): it has a worker's place for as long as it takes, and some worker must have the
 * workflow. A call that begins again after a crash finds the run that it has started; one that is cancelled cancels it.
 *
 * What the model gives is the workflow's input, by its `inputSchema`, which must be of an object; without one it is
 * `{ input }`, a text.
 *
 * @throws DefinitionError
 */
export function workflowTool(workflow: Startable, options: WorkflowToolOptions = {}): Tool {
  const { inputSchema } = workflow;
  if (inputSchema === null) {
    const parameters = z.object({ input: z.string().describe('What it is to work on.') });
    return made(workflow, options, parameters, ({ input }) => input);
  }
  return made(workflow, options, inputSchema, (given) => given);
}

/**
 * A tool that has an agent, or a team, do a task in a run of its own, and gives its answer: like {@link workflowTool}, of the
 * workflow that the agent is by itself.
 *
 * @throws DefinitionError
 */
export function agentTool(
  agent: { readonly workflow: Startable; readonly description: string | null },
  options: WorkflowToolOptions = {},
): Tool {
  const { workflow, description } = agent;
  const parameters = z.object({
    task: z.string().describe('What is to be done, with all that is needed to do it.'),
  });
  const told = description === null ? options : { description, ...options };
  return made(workflow, told, parameters, ({ task }) => task);
}

function made<Given>(
  workflow: Startable,
  options: WorkflowToolOptions,
  parameters: ZodType<Given>,
  inputOf: (given: Given) => unknown,
): Tool {
  const check = new Check('workflowTool');
  check.known(options, ['name', 'description', 'maxRetries', 'retry', 'timeout']);
  const { name = workflow.id.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) } = options;
  const { description = workflow.description } = options;
  return tool({
    timeout: '1 day',
    ...options,
    name,
    description: check.filled('description', description),
    parameters,
    execute: (given, context) => completed(workflow, inputOf(given), context),
  });
}

async function completed(
  workflow: Startable,
  input: unknown,
  { idempotencyKey, signal, userId }: StepContext,
): Promise<unknown> {
  const runId = `${workflow.id}-${idempotencyKey}`;
  const user = userId === null ? {} : { userId };
  try {
    await workflow.run(input as never, { background: true, runId, signal, ...user });
  } catch (error) {
    // Started by an attempt before this one.
    if (!isRunExists(error)) throw error;
  }
  try {
    const { status, content, error } = await workflow.waitForRun(runId, { signal });
    if (status === 'completed') return content;
    throw new NonRetryableError(
      `The run ${runId} ${status === 'failed' ? `failed: ${String(error)}` : 'was cancelled'}`,
    );
  } catch (error) {
    // Not where the worker only shuts down: then another one waits on.
    if (isCancelled(signal)) await workflow.cancelRun(runId);
    throw error;
  }
}

/** Why a step's signal fires stands in what Temporal's SDK has thrown into it. */
function isCancelled({ aborted, reason }: AbortSignal): boolean {
  return aborted && reason instanceof Error && reason.message === 'CANCELLED';
}

function isRunExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'RUN_EXISTS';
}
