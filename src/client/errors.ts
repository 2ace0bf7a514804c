import { OutlastError } from '../plan/errors.js';
import type { CancelledRun, FailedRun, Run } from './run.js';

/** A run that was waited for has failed. */
export class RunFailedError extends OutlastError {
  readonly code = 'RUN_FAILED';

  constructor(readonly run: FailedRun<unknown>) {
    super(`The run ${run.runId} of ${run.workflowName} failed: ${run.error.message}`);
  }
}

/** A run that was waited for was cancelled. */
export class RunCancelledError extends OutlastError {
  readonly code = 'RUN_CANCELLED';

  constructor(readonly run: CancelledRun<unknown>) {
    super(`The run ${run.runId} of ${run.workflowName} was cancelled.`);
  }
}

/** The time for waiting is over. The run goes on. */
export class WaitTimeoutError extends OutlastError {
  readonly code = 'WAIT_TIMEOUT';

  constructor(
    readonly runId: string,
    /** Milliseconds. */
    readonly timeout: number,
    /** As it was last seen; `null` where there is no such run. */
    readonly run: Run<unknown> | null,
  ) {
    const state = run === null ? 'there is no such run' : `it is ${run.status}`;
    super(
      `The run ${runId} didn't finish within the ${String(timeout)} ms given for waiting: ${state}. Waiting again, or getRun, goes on from here.`,
    );
  }
}

/** There is no such run, or it is another workflow's. */
export class RunNotFoundError extends OutlastError {
  readonly code = 'RUN_NOT_FOUND';

  constructor(
    readonly runId: string,
    workflowName: string | null,
  ) {
    super(
      workflowName === null
        ? `There is no run ${runId}. Runs are kept for the namespace's retention after they close.`
        : `${workflowName} has no run ${runId}. Runs are kept for the namespace's retention after they close.`,
    );
  }
}

/** There is no such session. */
export class SessionNotFoundError extends OutlastError {
  readonly code = 'SESSION_NOT_FOUND';

  constructor(readonly sessionId: string) {
    super(
      `There is no session ${sessionId}. A session begins with its first run that ends, or with updateSessionState.`,
    );
  }
}

/** The run is of a newer version of outlast than this client, which can't tell its events. */
export class ClientOutdatedError extends OutlastError {
  readonly code = 'CLIENT_OUTDATED';

  constructor(readonly runId: string) {
    super(
      `The run ${runId} is of a newer version of outlast, whose events this one can't tell. Update the package where they are read; \`getRun\` tells its status and what its steps gave.`,
    );
  }
}

/** The `runId` that was given belongs to a run already. */
export class RunExistsError extends OutlastError {
  readonly code = 'RUN_EXISTS';

  constructor(
    readonly runId: string,
    workflowName: string,
    /** The workflow whose run it is. */
    owner: string,
  ) {
    super(
      `${workflowName}: there is a run ${runId} of ${owner} already. Give another \`runId\`${
        owner === workflowName ? ", or `onExisting: 'return'` to get that run" : ''
      }.`,
    );
  }
}

/** The input doesn't satisfy the workflow's `inputSchema`, or JSON can't carry it. No run was started. */
export class InputError extends OutlastError {
  readonly code = 'INPUT_INVALID';
}

/** What the run was to be given is larger than Temporal stores. No run was started. */
export class InputTooLargeError extends OutlastError {
  readonly code = 'INPUT_TOO_LARGE';

  constructor(
    workflowName: string,
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(
      `${workflowName}: the input and options of a run must take at most ${String(limit)} bytes as JSON, which is what Temporal stores, got ${String(bytes)}. Put the input where the first step can fetch it, and give its address.`,
    );
  }
}

/** The Temporal server answered, and refused. */
export class ServerError extends OutlastError {
  readonly code = 'SERVER_ERROR';
}
