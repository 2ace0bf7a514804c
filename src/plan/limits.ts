/** Bytes that one value may have in Temporal's history. The server's own limit is 2 MB, metadata included. */
export const MAX_PAYLOAD_BYTES = 1_900_000;

/** A value up to this size is repeated in the calls that need it; a larger one is referred to. */
export const INLINE_BYTES = 2_048;

/** What a call may repeat in all. */
export const INLINE_TOTAL_BYTES = 32_768;

/** Activities that one run may have under way: above 2,000 pending ones Temporal refuses more and the run would hang. */
export const MAX_CALLS_IN_FLIGHT = 500;

/** Lost workers after which a step is taken to kill its workers. */
export const MAX_LOST_WORKERS = 20;

/** Tools that one turn of a model may ask for: a model that asks for more is told. */
export const MAX_TOOL_CALLS = 100;

/** Answers in a row that an agent's schema may refuse and its model is asked for again. */
export const MAX_ANSWERS_REFUSED = 2;

/** Bytes of a turn's text, and of what its model thinks, that one heartbeat holds. */
export const PARTIAL_BYTES = 4_096;

/** Names of tools that one heartbeat holds. */
export const MAX_PARTIAL_TOOLS = 20;

/** Characters of a run id, and bytes of what Temporal calls an id (its own limit is 1,000). */
export const MAX_RUN_ID_LENGTH = 200;
export const MAX_REFERENCE_BYTES = 800;

/** Events after which a run can't go on: the server ends it at 51,200. */
export const MAX_HISTORY_EVENTS = 40_000;

/** Bytes of a session's state. */
export const MAX_SESSION_STATE_BYTES = 262_144;

/** Runs that a session remembers, and their bytes in all. */
export const MAX_SESSION_RUNS = 1_000;
export const MAX_SESSION_RUNS_BYTES = 1_000_000;

/** Bytes of a run's input, and of its content, as its session remembers them. */
export const MAX_RECORD_VALUE_BYTES = 4_096;

/** Runs that an agent is told of where its workflow's history is on, unless it says otherwise. */
export const DEFAULT_HISTORY_RUNS = 3;

/** Milliseconds. */
export const HEARTBEAT_TIMEOUT = 10_000;
export const DEFAULT_STEP_TIMEOUT = 300_000;
/** Of a model's turn. */
export const DEFAULT_TURN_TIMEOUT = 600_000;
/** Between the worker's own time-out of an attempt and the server's, which is there for a worker that doesn't answer. */
export const TIMEOUT_MARGIN = 15_000;
/** Before the next worker is asked for a step or a workflow that one didn't have. */
export const NOT_ON_WORKER_DELAY = 5_000;
/** Before a step begins again whose worker was lost. */
export const LOST_WORKER_DELAY = 1_000;
/** What an evaluator, a selector or an end condition may take. */
export const QUESTION_TIMEOUT = 10_000;
/** The same where it is asked within the run's own task, which does nothing else meanwhile. */
export const LOCAL_QUESTION_TIMEOUT = 1_000;

/** Of what a run takes along into another execution: a value up to this size stands in it, a larger one is referred to. */
export const CARRIED_INLINE_BYTES = 32_768;
/** What of values stands in it in all. */
export const CARRIED_INLINE_TOTAL_BYTES = 1_000_000;
/** What it may take with its plan, its states and its references. */
export const CARRIED_ROOM_BYTES = 1_500_000;
/** Where a history is long enough for the run to go on in another one. Temporal warns at 10,240 events and 10 MB. */
export const SEGMENT_EVENTS = 8_000;
export const SEGMENT_BYTES = 5_000_000;
