import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { parseInput } from '../definition/parse-input.js';
import { slugOf, type WorkflowDefinition } from '../definition/workflow.js';
import { DEFAULT_TASK_QUEUE, Memo, RESERVED_PREFIX, type RunSettings } from '../plan/contract.js';
import type { Duration } from '../plan/duration.js';
import { brief } from '../plan/brief.js';
import { jsonBytes, textOf, type Json, type JsonObject } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import { MEDIA_KINDS, type MediaKind } from '../plan/output.js';
import { someOf } from '../plan/result.js';
import { RUN_ID_FORM, isRunId } from '../plan/run-id.js';
import { mediaList, type MediaInput } from '../plan/step-output.js';
import { SESSION_ID_FORM, sessionWorkflowId } from '../plan/session.js';
import { NotJsonError, toJson } from '../plan/to-json.js';
import { describe } from './describe.js';
import { InputError, InputTooLargeError, RunExistsError } from './errors.js';
import { jsonObject } from './json-option.js';
import { Options } from './options.js';
import type { RunFacts } from './run.js';
import { newRunId } from './run-id.js';
import type { Server } from './server.js';
import { uiUrlOf } from './ui-url.js';

/** How a run is started. Its media (`images`, `videos`, `audio`, `files`) are seen by every step. */
export interface RunOptions extends Partial<Record<MediaKind, readonly MediaInput[]>> {
  /** Returns at once, with the run as it was accepted. Without it the call waits for the run's end. @default false */
  readonly background?: boolean;
  /** Returns at once, with the run's events as they happen: a RunStream. Not beside `background`. @default false */
  readonly stream?: boolean;
  /**
   * The run's id: 1 to 200 characters without control characters. Giving one makes a start that may be repeated safe.
   * @default the workflow's id, `-`, and a UUIDv7
   */
  readonly runId?: string;
  /**
   * When there is a run of that `runId` already: fail with RunExistsError; return that run, whatever its input was;
   * or end it if it is open, and start anew.
   * @default 'fail'
   */
  readonly onExisting?: 'fail' | 'return' | 'restart';
  /** Names the session that the run belongs to. @default none */
  readonly sessionId?: string;
  /** Reaches every executor as `context.userId`. @default none */
  readonly userId?: string;
  /** Reaches every executor as `input.additionalData`. JSON. @default {} */
  readonly additionalData?: JsonObject;
  /** Reaches whatever a run calls, nested runs too, as `context.metadata`. JSON. @default {} */
  readonly metadata?: JsonObject;
  /** Laid over the session state that the run begins with: its session's, or the workflow's own. JSON. */
  readonly sessionState?: JsonObject;
  /** The run begins with `sessionState` in place of what its session holds. @default false */
  readonly overwriteSessionState?: boolean;
  /** Before a worker may take the run. @default none */
  readonly startDelay?: Duration;
  /** How long the run may take from when a worker takes it: then it fails with RUN_TIMEOUT. @default none */
  readonly timeout?: Duration;
  /** Ends the start, or the waiting for a run that has started; never the run. */
  readonly signal?: AbortSignal;
}

/**
 * Of a start that resolves when the server has the run.
 *
 * @inline
 */
export type BackgroundOptions = RunOptions & {
  readonly background: true;
  readonly stream?: false;
};

/**
 * Of a start that gives the run's events.
 *
 * @inline
 */
export type StreamedOptions = RunOptions & { readonly stream: true; readonly background?: false };

/**
 * Of a start that resolves when the run is complete.
 *
 * @inline
 */
export type AwaitedOptions = RunOptions & { readonly background?: false; readonly stream?: false };

const RUN_OPTIONS: readonly string[] = [
  ...['background', 'stream', 'runId', 'onExisting', 'sessionId', 'userId', 'additionalData'],
  ...['metadata', 'sessionState', 'overwriteSessionState', 'startDelay', 'timeout', 'signal'],
  ...MEDIA_KINDS,
];

/** What is started: a definition, or the name of one that only workers have. */
export type Startable = Pick<
  WorkflowDefinition<unknown, unknown, never>,
  'id' | 'name' | 'taskQueue' | 'inputSchema'
>;

export function startableOf(name: string): Startable {
  return { id: slugOf(name) || 'run', name, taskQueue: null, inputSchema: null };
}

/**
 * Starts a run and resolves as soon as the server has it.
 *
 * @throws OptionError; InputError, InputTooLargeError, RunExistsError: no run was started; ServerUnreachableError
 */
export async function startRun(
  server: Server,
  workflow: Startable,
  given: unknown,
  options: RunOptions,
): Promise<RunFacts> {
  const { runId, settings, startDelay } = checked(workflow, options);
  const input = await checkedInput(workflow, given);
  const args = Object.keys(settings).length === 0 ? [input] : [input, settings];
  const bytes = jsonBytes(args);
  if (bytes > MAX_PAYLOAD_BYTES && server.config.dataConverter === undefined) {
    throw new InputTooLargeError(workflow.name, bytes, MAX_PAYLOAD_BYTES);
  }

  const { signal, sessionId, onExisting = 'fail' } = options;
  const start = (): Promise<string> =>
    server.client.workflow
      .start(workflow.name, {
        workflowId: runId,
        taskQueue: workflow.taskQueue ?? server.config.taskQueue ?? DEFAULT_TASK_QUEUE,
        args,
        memo: {
          [Memo.workflowId]: workflow.id,
          ...(sessionId !== undefined && { [Memo.sessionId]: sessionId }),
        },
        ...(input !== null && { staticSummary: brief(textOf(input)) }),
        ...(startDelay !== null && { startDelay }),
        ...POLICIES[onExisting],
      })
      .then((handle) => handle.firstExecutionRunId);
  try {
    const temporalRunId = await server.call(start, { signal, within: START_WITHIN });
    return {
      runId,
      temporalRunId,
      workflowId: workflow.id,
      workflowName: workflow.name,
      sessionId: sessionId ?? null,
      parentRunId: null,
      status: 'pending',
      createdAt: new Date(),
      startedAt: null,
      finishedAt: null,
      content: null,
      error: null,
      stepResults: [],
      metrics: null,
      activeSteps: [],
      health: { state: 'ok' },
      url: uiUrlOf(server.config, runId, temporalRunId),
    };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const owner = await describe(server, runId, { signal });
    throw new RunExistsError(runId, workflow.name, owner?.workflowName ?? 'another workflow');
  }
}

/** The largest input takes a while on a slow line. */
const START_WITHIN = 30_000;

const POLICIES = {
  fail: { workflowIdConflictPolicy: 'FAIL', workflowIdReusePolicy: 'REJECT_DUPLICATE' },
  return: { workflowIdConflictPolicy: 'FAIL', workflowIdReusePolicy: 'REJECT_DUPLICATE' },
  restart: {
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  },
} as const;

interface Checked {
  readonly runId: string;
  readonly settings: RunSettings;
  readonly startDelay: number | null;
}

function checked(workflow: Startable, options: RunOptions): Checked {
  const check = new Options(`${workflow.name}: run`);
  check.known(options, RUN_OPTIONS);
  const { runId = newRunId(workflow.id), onExisting = 'fail' } = options;
  if (!isRunId(runId)) check.fail('runId', RUN_ID_FORM, runId);
  if (runId.startsWith(RESERVED_PREFIX)) {
    check.fail(
      'runId',
      `not begin with '${RESERVED_PREFIX}', which names workflows of the engine`,
      runId,
    );
  }
  if (!(onExisting in POLICIES)) {
    check.fail('onExisting', "be 'fail', 'return' or 'restart'", onExisting);
  }
  const sessionId = check.text('sessionId', options.sessionId);
  const userId = check.text('userId', options.userId);
  const timeout = check.duration('timeout', options.timeout, 1);
  const { additionalData, metadata, sessionState } = options;
  const overwriteSessionState = check.flag('overwriteSessionState', options.overwriteSessionState);
  if (sessionId !== null && sessionWorkflowId(sessionId) === null)
    check.fail('sessionId', SESSION_ID_FORM, sessionId);
  const media = someOf({
    images: mediaList(check.at, 'images', options.images),
    videos: mediaList(check.at, 'videos', options.videos),
    audio: mediaList(check.at, 'audio', options.audio),
    files: mediaList(check.at, 'files', options.files),
  });
  return {
    runId,
    startDelay: check.duration('startDelay', options.startDelay),
    settings: {
      ...(sessionId !== null && { sessionId }),
      ...(userId !== null && { userId }),
      ...(additionalData !== undefined && {
        additionalData: jsonObject(check, 'additionalData', additionalData),
      }),
      ...(metadata !== undefined && { metadata: jsonObject(check, 'metadata', metadata) }),
      ...(sessionState !== undefined && {
        sessionState: jsonObject(check, 'sessionState', sessionState),
      }),
      ...(overwriteSessionState && { overwriteSessionState }),
      ...(Object.keys(media).length > 0 && { media }),
      ...(timeout !== null && { timeout }),
    },
  };
}

async function checkedInput(workflow: Startable, given: unknown): Promise<Json> {
  let input: Json;
  try {
    input = given === undefined ? null : toJson(given, 'input');
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throw new InputError(`${workflow.name}: ${error.message}.`, { cause: error });
  }
  const parsed = await parseInput(workflow, input);
  if (!parsed.ok) throw new InputError(`${workflow.name}: the input is refused: ${parsed.faults}`);
  // Sent as it was given: the worker's parse is the input, and parsing twice breaks transforms.
  return input;
}
