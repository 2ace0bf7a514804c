/** `outlast`: define workflows, run them, look at their runs. Hosting has `outlast/worker` and `outlast/local`. */
export { Workflow, type ClientOption } from './client/workflow.js';
export { Step, type StepBaseOptions, type StepOptions } from './definition/step.js';
export { Steps, type StepsOptions } from './definition/steps.js';
export { Parallel, type ParallelOptions } from './definition/parallel.js';
export { Condition, type ConditionOptions, type Evaluator } from './definition/condition.js';
export { Loop, type EndCondition, type LoopOptions } from './definition/loop.js';
export {
  Router,
  type Choice,
  type RouterOptions,
  type Selection,
  type Selector,
} from './definition/router.js';
export { ForEach, type ForEachOptions, type Items } from './definition/for-each.js';
export { Agent, Team } from './client/agent.js';
export { Agent as AgentDefinition, type AgentOptions } from './definition/agent.js';
export type { AnyAgentOptions } from './definition/any-agent.js';
export type { BudgetOptions } from './definition/budget.js';
export type { Instructions, PromptOptions } from './definition/prompt.js';
export { Team as TeamDefinition, type TeamOptions } from './definition/team.js';
export type { TeamMode } from './plan/plan.js';
export { tool, Tool, type ToolOptions } from './definition/tool.js';
export {
  anthropic,
  gemini,
  groq,
  mistral,
  offline,
  ollama,
  openai,
  openaiCompatible,
  openRouter,
  type OpenAICompatibleOptions,
  type PricedModelOptions,
} from './definition/model.js';
export { fallback } from './definition/fallback.js';
export { azureOpenAI, type AzureOpenAIOptions } from './definition/azure-openai.js';
export { customModel, type CustomModelOptions } from './definition/custom-model.js';
export type {
  Message,
  Model,
  ModelAnswer,
  ModelDelta,
  ModelOptions,
  ModelPrice,
  ModelProvider,
  ModelRequest,
  ToolDescription,
  ToolRequest,
  Usage,
} from './plan/model.js';
export type { Budget, Policy, Question } from './plan/plan.js';
export type { ContainerOptions, Node, QuestionOptions } from './definition/container.js';
export type { AnyWorkflow, Runnable } from './definition/is-workflow.js';
export type { PolicyOptions, RetryOptions } from './definition/policy.js';
export {
  WorkflowDefinition,
  type FinishExecutor,
  type FinishOptions,
  type WorkflowOptions,
} from './definition/workflow.js';

export type { RunEnd } from './plan/contract.js';
export type {
  AgentHooks,
  Executor,
  QuestionContext,
  Returned,
  StepContext,
  StepLog,
  ToolCallContext,
  ToolCallInfo,
  TurnContext,
} from './plan/executor.js';
export { StepInput, type Parser } from './plan/step-input.js';
export { StepOutput, type MediaInput, type StepOutputOptions } from './plan/step-output.js';
export type { Metrics } from './plan/metrics.js';
export type { Media, MediaKind, MediaLists, NodeType, StepResult } from './plan/output.js';
export type { Duration } from './plan/duration.js';
export type { Json, JsonObject } from './plan/json.js';

export { configure } from './client/default-client.js';
export { ConfigError, type ConnectionConfig } from './client/config.js';
export type { Outlast } from './client/outlast.js';
export type { GetRunOptions, OfWorkflow } from './client/runs.js';
export type { RunOptions } from './client/start-run.js';
export type {
  ListSessionsOptions,
  Session,
  SessionRun,
  SessionSummary,
  UpdateSessionOptions,
} from './client/sessions.js';
export type { RunEvents, RunStream, StreamOptions } from './client/run-stream.js';
export type {
  AgentRunCompletedEvent,
  AgentRunContentEvent,
  AgentRunStartedEvent,
  AnyRunEvent,
  AnyStepEvent,
  ConditionExecutionCompletedEvent,
  ConditionExecutionStartedEvent,
  ForEachExecutionCompletedEvent,
  ForEachExecutionStartedEvent,
  LoopExecutionCompletedEvent,
  LoopExecutionStartedEvent,
  LoopIterationCompletedEvent,
  LoopIterationStartedEvent,
  ParallelExecutionCompletedEvent,
  ParallelExecutionStartedEvent,
  RouterExecutionCompletedEvent,
  RouterExecutionStartedEvent,
  RunEvent,
  StepCompletedEvent,
  StepErrorEvent,
  StepsExecutionCompletedEvent,
  StepsExecutionStartedEvent,
  StepStartedEvent,
  ToolCallCompletedEvent,
  ToolCallStartedEvent,
  WorkflowCancelledEvent,
  WorkflowCompletedEvent,
  WorkflowErrorEvent,
  WorkflowStartedEvent,
} from './client/events.js';
export type { Backoff, PollOptions } from './client/poll.js';
export type { ListOptions } from './client/list-runs.js';
export {
  RunError,
  type ActiveStep,
  type CancelledRun,
  type CancelOptions,
  type CompletedRun,
  type FailedRun,
  type FinishedRun,
  type OpenRun,
  type Run,
  type RunHealth,
  type RunIdentity,
  type RunSnapshot,
  type RunStatus,
  type RunSummary,
  type WaitOptions,
} from './client/run.js';

export type { ErrorCode, RunErrorCode } from './plan/codes.js';
export {
  DefinitionError,
  MisuseError,
  NonRetryableError,
  OptionError,
  OutlastError,
  type Misuse,
} from './plan/errors.js';
export { ModelError, type ModelErrorCode, type ModelFailure } from './plan/model-error.js';
export { ServerUnreachableError } from './client/connection-error.js';
export {
  ClientOutdatedError,
  InputError,
  InputTooLargeError,
  RunCancelledError,
  RunExistsError,
  RunFailedError,
  RunNotFoundError,
  ServerError,
  SessionNotFoundError,
  WaitTimeoutError,
} from './client/errors.js';
