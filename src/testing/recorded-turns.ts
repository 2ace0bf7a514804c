import type { Client } from '@temporalio/client';
import { messagesOf } from '../activities/conversation.js';
import { readRun, type HistoryClient } from '../activities/read-history.js';
import { ExpiredError, placeOf, Resolver } from '../activities/resolve.js';
import { RunMemories } from '../activities/run-memory.js';
import { Decoder } from '../client/decoder.js';
import type { HistoryEvent } from '../client/history.js';
import type { AnyCall, CallResult, OversizedCall } from '../plan/contract.js';
import { textOf, type JsonObject } from '../plan/json.js';
import type { Message } from '../plan/model.js';
import { activityType, agentOf, isTurn, referenceOf, type CallId } from '../plan/reference.js';
import { ReplayError, type Recorded } from './recorded.js';
import type { ScriptedTurn } from './scripted-turn.js';

/** A turn that an agent's model took in a recorded run. */
export interface RecordedTurn {
  readonly call: CallId;
  readonly agent: string;
  /** What a worker's registry knows its agent by. */
  readonly key: string;
  /** What its model was sent, without the system's message, which no history holds as a whole. */
  readonly messages: readonly Message[];
  /** What its instructions' function gave; `null` where it has none. */
  readonly instructions: string | null;
  /** The session state that the agent began with. */
  readonly state: JsonObject;
  /** Names of the tools that it was offered, as far as the worker had them. */
  readonly tools: readonly string[];
  /** What its model answered; of a failure its message. */
  readonly answer: ScriptedTurn;
}

/**
 * The turns of recorded runs that have ended. What each model was sent follows from the history, by the same code as on a
 * worker.
 *
 * @throws ReplayError where a history goes on from another one that isn't there
 */
export async function recordedTurns(
  histories: readonly Recorded[],
  converter: Converter,
): Promise<readonly RecordedTurn[]> {
  const client = clientOf(histories, converter);
  const resolver = new Resolver(new RunMemories(Infinity), (place, wanted, known) =>
    readRun(client, place, wanted, known),
  );
  const turns: RecordedTurn[] = [];
  for (const recorded of histories) {
    try {
      turns.push(...(await turnsIn(recorded, resolver, new Decoder(converter))));
    } catch (error) {
      if (!(error instanceof ExpiredError)) throw error;
      throw new ReplayError(
        `fromRun: ${recorded.file ?? recorded.runId} isn't the whole run. ${error.message} Where a run went on in other executions, keep the histories of all in one directory.`,
        { cause: error },
      );
    }
  }
  return turns;
}

type Converter = Client['options']['loadedDataConverter'];

async function turnsIn(
  { history, runId, temporalRunId }: Recorded,
  resolver: Resolver,
  decoder: Decoder,
): Promise<readonly RecordedTurn[]> {
  const events = history.events ?? [];
  const type = events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
  const workflowExecution = { workflowId: runId, runId: temporalRunId };
  const begun = new Map<string, Omit<RecordedTurn, 'answer'>>();
  const turns: RecordedTurn[] = [];
  for (const event of events) {
    const {
      activityId,
      activityType: own,
      input,
    } = event.activityTaskScheduledEventAttributes ?? {};
    const call = (activityId ?? '') as CallId;
    if (isTurn(call)) {
      const given = await decoder.one<AnyCall | OversizedCall>(input);
      if ('oversized' in given) continue;
      const { seen } = await resolver.resolve(placeOf({ workflowExecution }, call, given), given);
      begun.set(String(event.eventId), {
        call,
        agent: agentOf(own?.name ?? ''),
        key: activityType(type, referenceOf(call)),
        messages: messagesOf(seen.conversation),
        tools: seen.tools,
        instructions: seen.instructions,
        state: seen.state,
      });
    }
    const completed = event.activityTaskCompletedEventAttributes;
    const failed = event.activityTaskFailedEventAttributes;
    const turn = begun.get(String((completed ?? failed)?.scheduledEventId));
    if (turn === undefined) continue;
    if (!completed) {
      const { message } = await decoder.error(failed?.failure);
      turns.push({ ...turn, answer: { status: 400, message } });
      continue;
    }
    const result = await decoder.one<CallResult>(completed.result);
    const { instructions = turn.instructions } = result;
    turns.push({ ...turn, instructions, answer: answerOf(result) });
  }
  return turns;
}

function answerOf({ content, calls, usage }: CallResult): ScriptedTurn {
  const text = textOf(content ?? null);
  const told = usage !== undefined && { usage };
  if (calls === undefined) return { text, ...told };
  return { ...(text !== '' && { text }), calls, ...told };
}

/** What reads histories is given those. Each is one page. */
function clientOf(histories: readonly Recorded[], converter: Converter): HistoryClient {
  const eventsOf = new Map(
    histories.map(({ temporalRunId, history }) => [temporalRunId, history.events ?? []]),
  );
  type Page = ReturnType<HistoryClient['workflowService']['getWorkflowExecutionHistory']>;
  const page = (events: HistoryEvent[]): Page =>
    Promise.resolve({ history: { events }, nextPageToken: new Uint8Array() });
  return {
    options: { namespace: '', loadedDataConverter: converter },
    workflowService: {
      getWorkflowExecutionHistory: ({ execution }) => page(eventsOf.get(execution.runId) ?? []),
      getWorkflowExecutionHistoryReverse: ({ execution }) =>
        page([...(eventsOf.get(execution.runId) ?? [])].reverse()),
    },
  };
}
