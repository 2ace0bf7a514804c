import type { AnyCall, CallFacts, SomeMedia, StepCall } from '../plan/contract.js';
import { jsonBytes, type Json, type JsonObject } from '../plan/json.js';
import { INLINE_BYTES } from '../plan/limits.js';
import { lastRuns, type PastRun } from '../plan/past-run.js';
import type { AgentNode, Policy } from '../plan/plan.js';
import type { Request, Task, WorkflowRequest } from '../walk/host.js';
import type { Scope } from '../walk/scope.js';
import type { Encoded, Encoder } from './encode.js';

/** What every call of a run is given. */
export interface RunFacts {
  readonly input: Json;
  readonly additionalData: JsonObject | undefined;
  readonly media: SomeMedia | undefined;
  /** Earlier runs of the session. */
  readonly history: readonly PastRun[];
  readonly metadata: JsonObject | undefined;
  readonly sessionId: string | undefined;
  readonly userId: string | undefined;
  /** The first Temporal run of the chain, where it isn't this one. */
  readonly firstRun: string | undefined;
}

/** A call as history records it. */
export interface EncodedCall {
  readonly call: AnyCall;
  /** To be called once it is sure to be scheduled: later calls may refer to it from then on. */
  readonly recorded: () => void;
}

/** What an activity does; a workflow is none. */
export type CallRequest = Exclude<Request, WorkflowRequest>;

/** Makes what a walk asks for what an activity is given. */
export function encodeCall(
  request: CallRequest,
  policy: Policy,
  facts: RunFacts,
  encoder: Encoder,
): EncodedCall {
  const encoded = encoder.encode(request.state, seenBy(request));
  const call = callOf(request, policy, facts, encoder, encoded);
  return {
    call,
    recorded: () => {
      // A further turn of an agent has no state of its own to refer to.
      if ('state' in call) encoded.remember(request.call);
    },
  };
}

/** Of whom another agent asks sees what it is asked. */
function seenBy(request: CallRequest): Scope | undefined {
  const isMember = request.kind === 'turn' && request.task !== null;
  return 'sees' in request && !isMember ? request.sees : undefined;
}

function callOf(
  request: CallRequest,
  policy: Policy,
  facts: RunFacts,
  encoder: Encoder,
  encoded: Encoded,
): AnyCall {
  const common = factsOf(policy, facts, encoder, encoded);
  switch (request.kind) {
    case 'step':
      return {
        ...seenOf(facts, encoder, encoded),
        ...historyOf(facts.history, encoder),
        ...common,
      };
    case 'question': {
      const { iteration } = request;
      return {
        ...seenOf(facts, encoder, encoded),
        ...historyOf(facts.history, encoder),
        ...(iteration !== undefined && { iteration }),
        ...common,
      };
    }
    case 'finish':
      return {
        ...seenOf(facts, encoder, encoded),
        ...historyOf(facts.history, encoder),
        end: request.end,
        ...common,
      };
    case 'turn': {
      const { after, node, task, isLast } = request;
      if (after !== null) {
        const outcomes = encoder.outcomes(after.outcomes);
        const { firstRun } = facts;
        const first = firstRun !== undefined && { firstRun };
        const last = isLast && { last: isLast };
        return { after: { call: after.call }, ...first, policy, outcomes, ...last };
      }
      const names = node.tools.map(({ name }) => name);
      const tools = node.team === undefined ? names : [...names, node.team.tool];
      return {
        ...seenOf(facts, encoder, encoded),
        ...(task !== null && askedOf(task)),
        ...agentHistoryOf(facts.history, node, encoder),
        ...(tools.length > 0 && { tools }),
        ...common,
      };
    }
    case 'tool': {
      const { asked } = request;
      const isSmall = jsonBytes(request.request) <= INLINE_BYTES;
      return {
        request: isSmall ? request.request : { turn: { call: asked.turn }, index: asked.index },
        ...common,
      };
    }
  }
}

function seenOf(
  { input, additionalData, media }: RunFacts,
  encoder: Encoder,
  { visible }: Encoded,
): Pick<StepCall, 'input' | 'additionalData' | 'media' | 'sees' | 'flow'> {
  return {
    input: encoder.source(input, 'input'),
    ...(additionalData !== undefined && {
      additionalData: encoder.source(additionalData, 'additionalData'),
    }),
    ...(media !== undefined && {
      media: encoder.source(media as unknown as JsonObject, 'media'),
    }),
    ...visible,
  };
}

function askedOf({ text, by, isWhole }: Task): Pick<StepCall, 'flow' | 'asked'> {
  return { flow: { value: text }, asked: { by: { call: by }, ...(isWhole && { whole: isWhole }) } };
}

function historyOf(history: readonly PastRun[], encoder: Encoder): Pick<StepCall, 'history'> {
  if (history.length === 0) return {};
  return { history: encoder.source(history as unknown as Json, 'history') };
}

function agentHistoryOf(
  history: readonly PastRun[],
  { historyRuns }: AgentNode,
  encoder: Encoder,
): Pick<StepCall, 'history' | 'historyRuns'> {
  if (historyRuns === undefined || history.length === 0) return {};
  return { ...historyOf(lastRuns(history, historyRuns), encoder), historyRuns };
}

function factsOf(
  policy: Policy,
  { metadata, sessionId, userId, firstRun }: RunFacts,
  encoder: Encoder,
  { state }: Encoded,
): CallFacts {
  return {
    ...(sessionId !== undefined && { sessionId }),
    ...(userId !== undefined && { userId }),
    ...(metadata !== undefined && { metadata: encoder.source(metadata, 'metadata') }),
    ...(firstRun !== undefined && { firstRun }),
    policy,
    state,
  };
}
