/** `outlast/testing`: record the histories of runs and replay them; a server that plays a model's part, also that of a recorded run; rules of providers. */
export { checkProvider, ProviderRuleError, type CheckProviderOptions } from './check-provider.js';
export { fromRun, type FromRunOptions } from './from-run.js';
export { recordHistory, type RecordHistoryOptions } from './record.js';
export {
  scriptedModel,
  type Script,
  type ScriptedHandler,
  type ScriptedMessage,
  type ScriptedModel,
  type ScriptedRequest,
} from './scripted-model.js';
export { ReplayError } from './recorded.js';
export type { ScriptedCall, ScriptedTurn } from './scripted-turn.js';
export { replay, type ReplayResult } from './replay.js';
