import { isGrpcServiceError, type Client } from '@temporalio/client';
import {
  decodeArrayFromPayloads,
  decodeFromPayloadsAtIndex,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Carried } from '../plan/carried.js';
import {
  Activities,
  type AnyCall,
  type CallResult,
  Memo,
  type LocalAnswer,
  type LoadedSession,
  type PlanAnswer,
  type RunSettings,
  type RunStart,
} from '../plan/contract.js';
import type { Json } from '../plan/json.js';
import type { CallId } from '../plan/reference.js';
import {
  callsBefore,
  needsStart,
  referred,
  type CallPlace,
  type Known,
  type Wanted,
} from './resolve.js';

/** What a read of a history brought: the calls newest first. */
export interface RecordedRun {
  readonly results: ReadonlyMap<CallId, CallResult>;
  readonly calls: ReadonlyMap<CallId, AnyCall>;
  readonly start: RunStart | null;
}

/** As far as a client is needed: what holds histories that were kept can stand in for one. */
export interface HistoryClient {
  readonly options: Pick<Client['options'], 'namespace' | 'loadedDataConverter'>;
  readonly workflowService: {
    getWorkflowExecutionHistory(request: PageRequest): Promise<HistoryPage>;
    getWorkflowExecutionHistoryReverse(request: PageRequest): Promise<HistoryPage>;
  };
}

interface PageRequest {
  readonly namespace: string;
  readonly execution: { readonly workflowId: string; readonly runId: string };
  readonly maximumPageSize: number;
  readonly nextPageToken?: Uint8Array;
}

type HistoryPage = Pick<
  Awaited<ReturnType<Client['workflowService']['getWorkflowExecutionHistoryReverse']>>,
  'history' | 'nextPageToken'
>;

const PAGE_SIZE = 50;

/** Reads from a run's history what is wanted of it. */
export async function readRun(
  client: HistoryClient,
  place: CallPlace,
  wanted: Wanted,
  known: Known,
): Promise<RecordedRun> {
  const backwards = wanted.calls.length > 0 || wanted.results.length > 0;
  const found: Omit<RecordedRun, 'start'> = backwards
    ? await readBackwards(client, place, wanted, known)
    : { results: new Map(), calls: new Map() };
  const start =
    wanted.start ||
    (known.start === null && [...found.calls.values()].some((call) => needsStart(call)));
  return { ...found, start: start ? await readStart(client, place) : null };
}

/**
 * Newest first, until it has what is wanted and what that refers to in turn: all of it stands further back than what
 * refers to it.
 */
async function readBackwards(
  client: HistoryClient,
  place: CallPlace,
  wanted: Wanted,
  known: Known,
): Promise<Omit<RecordedRun, 'start'>> {
  const open = { results: new Set(wanted.results), calls: new Set(wanted.calls) };
  const results = new Map<CallId, CallResult>();
  const calls = new Map<CallId, AnyCall>();
  // A completion names its activity or child by the event that began it, which stands further back.
  const completions = new Map<string, Payloads>();

  let from: CallPlace | null = place;
  let nextPageToken: Uint8Array | undefined;
  while (from !== null && (open.calls.size > 0 || open.results.size > 0)) {
    const page = await pageBefore(client, from, nextPageToken);
    let earlier: string | null = null;
    for (const event of page.history?.events ?? []) {
      const completed = event.activityTaskCompletedEventAttributes;
      if (completed) completions.set(String(completed.scheduledEventId), completed.result);
      const child = event.childWorkflowExecutionCompletedEventAttributes;
      if (child) completions.set(String(child.initiatedEventId), child.result);
      earlier = event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? earlier;

      const result = await resultIn(client, event, completions, open.results);
      if (result !== null) {
        open.results.delete(result.id);
        results.set(result.id, result.result);
      }
      const scheduled = event.activityTaskScheduledEventAttributes;
      const id = scheduled?.activityId as CallId | undefined;
      if (scheduled && id !== undefined && open.calls.delete(id)) {
        const call = await decode<AnyCall>(client, scheduled.input);
        calls.set(id, call);
        // What a wanted call goes by is wanted as well, unless it is known: else each read would go back to the start.
        for (const earlier of callsBefore(call))
          if (!known.seen.has(earlier)) open.calls.add(earlier);
        for (const result of referred(call))
          if (!results.has(result) && !known.results.has(result)) open.results.add(result);
      }
    }
    nextPageToken = page.nextPageToken;
    if (nextPageToken.length > 0) continue;
    // The run has gone on from another execution: numbers of events begin anew.
    from = earlier ? { ...place, temporalRunId: earlier } : null;
    nextPageToken = undefined;
    completions.clear();
  }
  return { results, calls };
}

type HistoryEvent = NonNullable<NonNullable<HistoryPage['history']>['events']>[number];

/** An execution whose retention is over has none. */
async function pageBefore(
  client: HistoryClient,
  place: CallPlace,
  nextPageToken: Uint8Array | undefined,
): Promise<HistoryPage> {
  try {
    return await client.workflowService.getWorkflowExecutionHistoryReverse({
      ...request(client, place),
      ...(nextPageToken !== undefined && { nextPageToken }),
    });
  } catch (error) {
    if (!isGrpcServiceError(error) || (error.code as number) !== NOT_FOUND) throw error;
    return { nextPageToken: new Uint8Array() };
  }
}

/** gRPC's number for it. */
const NOT_FOUND = 5;

/** The result of a wanted call, at the event that began it; of a question that was asked locally, at its one event. */
async function resultIn(
  client: HistoryClient,
  event: HistoryEvent,
  completions: Map<string, Payloads>,
  wanted: ReadonlySet<CallId>,
): Promise<{ readonly id: CallId; readonly result: CallResult } | null> {
  const answer = event.markerRecordedEventAttributes?.details?.['result'];
  if (answer) {
    const id = await decode<CallId>(client, { payloads: [event.userMetadata?.summary ?? {}] });
    if (!wanted.has(id)) return null;
    const local = await decode<LocalAnswer>(client, answer);
    return 'result' in local ? { id, result: local.result } : null;
  }
  const begun = String(event.eventId);
  const completion = completions.get(begun);
  if (completion === undefined) return null;
  completions.delete(begun);
  const child = event.startChildWorkflowExecutionInitiatedEventAttributes;
  const own = child?.memo?.fields?.[Memo.call];
  const id = own
    ? await decode<CallId>(client, { payloads: [own] })
    : (event.activityTaskScheduledEventAttributes?.activityId as CallId);
  if (!wanted.has(id)) return null;
  if (!child) return { id, result: await decode<CallResult>(client, completion) };
  const content = await decode<Json>(client, completion);
  return { id, result: { content, ...(child.workflowId && { run: child.workflowId }) } };
}

/** The run's input, as its schema parsed it, its options and its session: at the beginning of the history, before any step. */
async function readStart(client: HistoryClient, place: CallPlace): Promise<RunStart | null> {
  let start: RunStart | null = null;
  let settings: RunSettings | null = null;
  const asked = new Set<string>();
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      ...request(client, place),
      ...(nextPageToken !== undefined && { nextPageToken }),
    });
    for (const event of page.history?.events ?? []) {
      const started = event.workflowExecutionStartedEventAttributes;
      if (started) {
        const given = await decodeArrayFromPayloads(
          client.options.loadedDataConverter,
          started.input?.payloads,
        );
        const [input, options, carried] = given as Partial<[Json, RunSettings | null, Carried]>;
        settings = options ?? {};
        const { additionalData = {}, media = {}, metadata = {} } = settings;
        start = { input: input ?? null, additionalData, media, metadata, history: [] };
        if (carried !== undefined)
          return { ...start, history: carried.session?.loaded?.history ?? [] };
      }
      const scheduled = event.activityTaskScheduledEventAttributes;
      if (BEGINNING.includes(scheduled?.activityType?.name)) asked.add(String(event.eventId));
      const completed = event.activityTaskCompletedEventAttributes;
      const answer =
        event.markerRecordedEventAttributes?.details?.['result'] ??
        (completed && asked.has(String(completed.scheduledEventId)) ? completed.result : undefined);
      if (start === null || !answer) continue;
      const given = await decode<PlanAnswer | LoadedSession>(client, answer);
      const { history = [] } =
        'state' in given ? given : ('session' in given && given.session) || {};
      start = { ...start, ...('input' in given && { input: given.input ?? null }), history };
      const waits = 'plan' in given && given.plan.sessionConcurrency === 'queue';
      if (!waits || settings?.sessionId === undefined) return start;
    }
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
  return start;
}

/** What answers with it. */
const BEGINNING: readonly unknown[] = [Activities.resolvePlan, Activities.loadSession];

function request(client: HistoryClient, { runId, temporalRunId }: CallPlace): PageRequest {
  return {
    namespace: client.options.namespace,
    execution: { workflowId: runId, runId: temporalRunId },
    maximumPageSize: PAGE_SIZE,
  };
}

type Payloads =
  { readonly payloads?: Parameters<typeof decodeArrayFromPayloads>[1] } | null | undefined;

function decode<T>(client: HistoryClient, payloads: Payloads): Promise<T> {
  return decodeFromPayloadsAtIndex<T>(client.options.loadedDataConverter, 0, payloads?.payloads);
}
