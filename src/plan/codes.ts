/** What went wrong, as a word that programs can rely on. The message beside it is for people and may change. */
export type ErrorCode =
  // Of a definition or a call: the program is to be mended.
  | 'DEFINITION_INVALID'
  | 'OPTION_INVALID'
  // Of a start.
  | 'INPUT_INVALID'
  | 'INPUT_TOO_LARGE'
  | 'RUN_EXISTS'
  | 'RUN_NOT_FOUND'
  // Of a session.
  | 'SESSION_NOT_FOUND'
  // Of the connection.
  | 'SERVER_UNREACHABLE'
  | 'SERVER_ERROR'
  | 'CONFIG_INVALID'
  | 'TEMPORAL_CLI_NOT_FOUND'
  | 'TEMPORAL_CLI_UNUSABLE'
  | 'DEV_SERVER_FAILED'
  | 'PORT_IN_USE'
  | 'FILE_IN_USE'
  // Of waiting.
  | 'WAIT_TIMEOUT'
  | 'RUN_FAILED'
  | 'RUN_CANCELLED'
  // Of reading events.
  | 'CLIENT_OUTDATED'
  // Of a replay.
  | 'REPLAY_FAILED'
  // A user's way to say: don't try again.
  | 'NON_RETRYABLE'
  | RunErrorCode;

/**
 * Why a run or a step failed. Recorded in histories as the type of an ApplicationFailure: renaming one changes what
 * old runs say.
 */
export type RunErrorCode =
  /** The executor threw, in each of its attempts. */
  | 'STEP_FAILED'
  /** The executor took longer than the step's `timeout`, in each of its attempts. */
  | 'STEP_TIMEOUT'
  /** An evaluator, a selector or an end condition answered what it may not, or took too long. */
  | 'ANSWER_INVALID'
  /** An agent's model was asked too often or too much in a while, in each of the attempts. */
  | 'MODEL_RATE_LIMITED'
  /** An agent's model couldn't be reached, or failed by itself, in each of the attempts. */
  | 'MODEL_UNAVAILABLE'
  /** The account that an agent's model is paid by has nothing left. */
  | 'MODEL_QUOTA_EXHAUSTED'
  /** What an agent's model answered isn't what its protocol says, in each of the attempts. */
  | 'MODEL_ANSWER_INVALID'
  /** An agent's model answered neither a text nor a call of a tool, in each of the attempts. */
  | 'MODEL_ANSWER_EMPTY'
  /** The limit of tokens cut an agent's model off before its text, or within a call of a tool, in each of the attempts. */
  | 'MODEL_ANSWER_CUT'
  /** An agent's model declines to answer. */
  | 'MODEL_ANSWER_REFUSED'
  /** A filter of the provider's holds back what an agent's model was sent, or what it answered. */
  | 'MODEL_CONTENT_FILTERED'
  /** What an agent's model was sent is longer than it takes. */
  | 'MODEL_CONTEXT_OVERFLOW'
  /** The provider doesn't know an agent's model, or doesn't let the key use it. */
  | 'MODEL_UNKNOWN'
  /** The provider of an agent's model refuses the request for another reason: a field that it doesn't take. */
  | 'MODEL_REQUEST_REFUSED'
  /** The key of an agent's model is missing on the worker, or the provider refuses it. */
  | 'MODEL_KEY_INVALID'
  /** The worker doesn't trust an address with a key: see `models` of `createWorker`. */
  | 'MODEL_NOT_TRUSTED'
  /** An agent took all of its `maxTurns` and still asks for tools. */
  | 'TURNS_EXHAUSTED'
  /** An agent took all of its `budget`, or what was left of that of one that leads it, and has no answer yet. */
  | 'BUDGET_EXHAUSTED'
  /** What a model gave a tool isn't what the tool takes. The model is told; it doesn't fail the run. */
  | 'TOOL_ARGUMENTS_INVALID'
  /** What the executor returned doesn't satisfy the step's `outputSchema`, in each of its attempts. */
  | 'OUTPUT_INVALID'
  /** The result holds what JSON can't carry. */
  | 'OUTPUT_NOT_JSON'
  /** A result, or what a call is to be given, is larger than Temporal stores. */
  | 'OUTPUT_TOO_LARGE'
  /** A result that is referred to is no longer in any history. */
  | 'OUTPUT_EXPIRED'
  /** The run's history, in which a step's inputs stand, couldn't be read just then. The step begins again. */
  | 'HISTORY_UNREADABLE'
  /** The step's worker went away each time it began: the step kills its workers. */
  | 'WORKER_LOST'
  /** No worker that has been asked has this step. The run waits for one that has. */
  | 'STEP_NOT_ON_WORKER'
  /** No worker that has been asked has this workflow. The run waits for one that has. */
  | 'WORKFLOW_NOT_ON_WORKER'
  /** The worker was shut down while the step ran; the step begins again elsewhere. */
  | 'WORKER_SHUTDOWN'
  /** The input doesn't satisfy the workflow's `inputSchema`. */
  | 'INPUT_INVALID'
  /** The run leaves a session state that is larger than a session keeps. */
  | 'SESSION_STATE_TOO_LARGE'
  /** The run has come to its end, and its session couldn't be told. */
  | 'SESSION_NOT_STORED'
  /** The run took longer than its `timeout`. */
  | 'RUN_TIMEOUT'
  /** The history is too long to go on. */
  | 'HISTORY_FULL'
  /** Somebody else ended the run, or the run that is its step: cancelled or terminated it, or let Temporal's own time-out end it. */
  | 'RUN_ENDED_OUTSIDE'
  /** A fault of ours. */
  | 'INTERNAL';
