/** `outlast/testing`: record the histories of runs and replay them; a server that plays a model's part; rules of providers. */
export { checkProvider, ProviderRuleError, type CheckProviderOptions } from './check-provider.js';
export { recordHistory, type RecordHistoryOptions } from './record.js';
export {
  scriptedModel,
  type ScriptedHandler,
  type ScriptedMessage,
  type ScriptedModel,
  type ScriptedRequest,
} from './scripted-model.js';
export type { ScriptedCall, ScriptedTurn } from './scripted-turn.js';
export { replay, ReplayError, type ReplayResult } from './replay.js';
