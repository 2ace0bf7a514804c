/** `outlast/testing`: record the histories of runs, and replay them. */
export { recordHistory, type RecordHistoryOptions } from './record.js';
export { replay, ReplayError, type ReplayResult } from './replay.js';
