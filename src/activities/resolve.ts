import type { Info } from '@temporalio/activity';
import type {
  AnyCall,
  CallResult,
  FlowSource,
  MemberOutcome,
  OutputSource,
  PatchSource,
  RunStart,
  SomeMedia,
  Source,
  StateSource,
  StepCall,
  ToolCall,
  ToolOutcome,
  TurnCall,
  Visible,
} from '../plan/contract.js';
import { jsonBytes, type Json, type JsonObject } from '../plan/json.js';
import { containerResult, flowAfter, type StepResult } from '../plan/output.js';
import { promptOf, type ToolRequest } from '../plan/model.js';
import { lastRuns, type PastRun } from '../plan/past-run.js';
import { callsUpTo, turnOf, type CallId } from '../plan/reference.js';
import { resultOf, someOf } from '../plan/result.js';
import { apply } from '../plan/state-patch.js';
import {
  begun,
  continued,
  mediaIn,
  type Conversation,
  type OneAnswer,
  type ToolAnswer,
} from './conversation.js';
import type { RecordedRun } from './read-history.js';
import {
  mediaSeen,
  type OutputList,
  type RunMemories,
  type RunMemory,
  type Seen,
} from './run-memory.js';
import { takenOver } from './taken-over.js';

/** Where a call stands: its run, and itself. */
export interface CallPlace {
  readonly runId: string;
  readonly temporalRunId: string;
  /** The first Temporal run of the run's chain, in all of which no two calls have one id. */
  readonly firstRun: string;
  readonly call: CallId;
}

export function placeOf(
  { workflowExecution }: Pick<Info, 'workflowExecution'>,
  id: CallId,
  call: Pick<TurnCall, 'firstRun'>,
): CallPlace {
  const { workflowId: runId = '', runId: temporalRunId = '' } = workflowExecution ?? {};
  return { runId, temporalRunId, firstRun: call.firstRun ?? temporalRunId, call: id };
}

/** Reads a run's history backwards until it has all that is wanted, and what that goes by in turn, as far as it isn't known. */
export type ReadRun = (place: CallPlace, wanted: Wanted, known: Known) => Promise<RecordedRun>;

/** What this process knows of a run already. */
export type Known = Pick<RunMemory, 'results' | 'seen' | 'start'>;

/** What is to be found in a history. */
export interface Wanted {
  readonly results: readonly CallId[];
  readonly calls: readonly CallId[];
  readonly start: boolean;
}

/** A result that a call refers to is in no history any more. */
export class ExpiredError extends Error {
  override readonly name = 'ExpiredError';
}

/** What a call is given, with every reference resolved. */
export interface Given {
  readonly input: Json;
  readonly additionalData: JsonObject;
  readonly media: SomeMedia;
  /** Earlier runs of the session. */
  readonly history: readonly PastRun[];
  readonly metadata: JsonObject;
  readonly seen: Seen;
  /** What a tool is asked; `null` elsewhere. */
  readonly request: ToolRequest | null;
}

/** Resolves what calls refer to: from what this process has seen of the run, else from the run's history. */
export class Resolver {
  constructor(
    readonly memories: RunMemories,
    readonly read: ReadRun,
  ) {}

  /** @throws ExpiredError for a reference to what no history holds. */
  async resolve(place: CallPlace, call: AnyCall): Promise<Given> {
    const memory = this.memories.of(place.firstRun);
    if (lacking(memory, call) !== null) await this.#fill(place, memory, call);
    const seen = see(memory, place.call, call);
    memory.seen.set(place.call, seen);
    this.memories.grew(place.firstRun, seen.first === call ? jsonBytes(call) : 200);
    // A further turn of an agent says nothing of it.
    const { input, additionalData, media, metadata } = startOf(seen.first ?? call);
    return {
      input: take(input, memory) as Json,
      additionalData: take(additionalData, memory) as JsonObject,
      media: take(media, memory) as SomeMedia,
      history: historyOf(call, memory),
      metadata: take(metadata, memory) as JsonObject,
      seen,
      request: 'request' in call ? requestOf(memory, call) : null,
    };
  }

  /** Keeps a result for the calls that will refer to it: they often run in this process too. */
  remember(place: CallPlace, result: CallResult): void {
    this.memories.of(place.firstRun).results.set(place.call, result);
    this.memories.grew(place.firstRun, jsonBytes(result));
  }

  async #fill(place: CallPlace, memory: RunMemory, call: AnyCall): Promise<void> {
    // One read at a time: what the one under way brings may be all that is lacking.
    while (memory.reading !== null) await memory.reading;
    const still = lacking(memory, call);
    if (still === null) return;
    const reading = this.read(place, still, memory).then((recorded) => {
      this.#keep(place, memory, recorded);
    });
    memory.reading = reading.catch(() => undefined);
    try {
      await reading;
    } finally {
      memory.reading = null;
    }
    const missing = lacking(memory, call);
    if (missing !== null) throw new ExpiredError(missingText(missing));
  }

  #keep(place: CallPlace, memory: RunMemory, recorded: RecordedRun): void {
    memory.start ??= recorded.start;
    let bytes = 0;
    for (const [id, result] of recorded.results) {
      if (memory.results.has(id)) continue;
      memory.results.set(id, result);
      bytes += jsonBytes(result);
    }
    // Oldest first: each may go by what an earlier one saw.
    for (const [id, call] of [...recorded.calls].reverse()) {
      if (!memory.seen.has(id) && lacking(memory, call) === null)
        memory.seen.set(id, see(memory, id, call));
    }
    this.memories.grew(place.firstRun, bytes + jsonBytes(memory.start));
  }
}

const NOTHING: Pick<StepCall, keyof RunStart> = { input: { value: null } };
const NONE: Source = { value: {} };

/** What a call is given of the run's start. */
function startOf(call: AnyCall): Readonly<Record<keyof RunStart, Source>> {
  const { input, additionalData = NONE, media = NONE } = 'input' in call ? call : NOTHING;
  const { history = NONE } = 'input' in call ? call : NOTHING;
  const { metadata = NONE } = 'state' in call ? call : NOTHING;
  return { input, additionalData, media, metadata, history };
}

function take(source: Source, memory: RunMemory): unknown {
  return 'value' in source ? source.value : (memory.start?.[source.from] ?? null);
}

function historyOf(call: AnyCall, memory: RunMemory): readonly PastRun[] {
  if (!('input' in call) || call.history === undefined) return [];
  const { history, historyRuns } = call;
  return lastRuns((take(history, memory) ?? []) as readonly PastRun[], historyRuns);
}

/** What a call refers to and this process doesn't know; `null` for nothing. */
function lacking(memory: RunMemory, call: AnyCall): Wanted | null {
  const start = memory.start === null && needsStart(call);
  const calls = unique(callsBefore(call)).filter((id) => !memory.seen.has(id));
  const results = unique(referred(call)).filter((id) => !memory.results.has(id));
  return start || calls.length > 0 || results.length > 0 ? { start, calls, results } : null;
}

/** Whether a call refers to what the run's start holds. */
export function needsStart(call: AnyCall): boolean {
  return Object.values(startOf(call)).some((source) => 'from' in source);
}

/** The earlier calls by which it is told what a call is given. */
export function callsBefore(call: AnyCall): CallId[] {
  if ('after' in call) return [call.after.call];
  const refs = [
    ...('input' in call ? [call.sees?.after, call.asked?.by] : []),
    'after' in call.state ? call.state.after : undefined,
  ];
  return refs.flatMap((ref) => (ref === undefined ? [] : [ref.call]));
}

function unique<T>(items: Iterable<T>): T[] {
  return [...new Set(items)];
}

/** Every call whose result a call refers to itself. */
export function* referred(call: AnyCall): Generator<CallId> {
  if ('after' in call) {
    yield call.after.call;
    for (const outcome of call.outcomes)
      for (const one of 'members' in outcome ? outcome.members : [outcome])
        if ('result' in one) yield one.result.call;
    return;
  }
  if ('request' in call && 'turn' in call.request) yield call.request.turn.call;
  if ('input' in call) {
    if (call.asked?.whole !== undefined) yield call.asked.by.call;
    for (const output of call.sees?.outputs ?? []) yield* inOutput(output);
    if (call.flow !== undefined && 'outputs' in call.flow)
      for (const output of call.flow.outputs) yield* inOutput(output);
  }
  if ('after' in call.state) {
    for (const patch of call.state.patches) if ('result' in patch) yield patch.result.call;
  }
}

function* inOutput(output: OutputSource): Generator<CallId> {
  if ('result' in output) yield* callsOf(output);
  else if ('steps' in output) for (const step of output.steps) yield* inOutput(step);
}

function callsOf({ result, to }: Extract<OutputSource, { result: unknown }>): CallId[] {
  return to === undefined ? [result.call] : callsUpTo(result.call, to);
}

function see(memory: RunMemory, id: CallId, call: AnyCall): Seen {
  if ('after' in call) return seeTurn(memory, call);
  const state = seeState(memory, call.state);
  if ('request' in call) return { ...UNSEEN, state };
  const { outputs, flow: natural } = seeOutputs(memory, call.sees);
  const flow = call.flow === undefined ? natural : flowOf(memory, call.flow);
  const known = { ...UNSEEN, outputs, flow, state };
  if (turnOf(id) === null) return known;
  const conversation = beginning(memory, call, known);
  return { ...known, conversation, tools: call.tools ?? [], first: call };
}

/** What an agent's model is sent first. */
function beginning(
  memory: RunMemory,
  call: StepCall,
  { flow, outputs }: Pick<Seen, 'flow' | 'outputs'>,
): Conversation {
  const { asked } = call;
  const by = asked === undefined ? null : (memory.seen.get(asked.by.call)?.conversation ?? null);
  if (asked?.whole !== undefined)
    return takenOver(by, memory.results.get(asked.by.call) ?? {}, promptOf(flow));
  const own = take(call.media ?? NONE, memory) as SomeMedia;
  const media = asked === undefined ? someOf(mediaSeen(own, outputs)) : mediaIn(by);
  return begun(flow, take(call.input, memory) as Json, historyOf(call, memory), media);
}

const UNSEEN: Omit<Seen, 'state'> = {
  ...{ outputs: null, flow: null, conversation: null, tools: [] },
  ...{ first: null, instructions: null },
};

/** All that the turn before was given, what that answered, and what its tools gave. In its last an agent has no tools. */
function seeTurn(memory: RunMemory, { after, outcomes, last }: TurnCall): Seen {
  const isLast = last !== undefined;
  const before = memory.seen.get(after.call) ?? { ...UNSEEN, state: {} };
  const answer = memory.results.get(after.call) ?? {};
  const answers = outcomes.map((outcome) => answerOf(memory, outcome));
  const conversation = continued(before.conversation, answer, answers, isLast);
  const { instructions = before.instructions } = answer;
  return { ...before, conversation, instructions, ...(isLast && { tools: [] }) };
}

function answerOf(memory: RunMemory, outcome: ToolOutcome): ToolAnswer {
  if ('members' in outcome) {
    const members = outcome.members.map((one) => ({
      name: one.name,
      answer: memberAnswer(memory, one),
    }));
    return { members };
  }
  return memberAnswer(memory, outcome);
}

function memberAnswer(memory: RunMemory, outcome: MemberOutcome): OneAnswer {
  if (!('result' in outcome)) return outcome;
  return { value: memory.results.get(outcome.result.call)?.content ?? null };
}

function requestOf(memory: RunMemory, { request }: ToolCall): ToolRequest | null {
  if (!('turn' in request)) return request;
  return memory.results.get(request.turn.call)?.calls?.[request.index - 1] ?? null;
}

function seeOutputs(
  memory: RunMemory,
  visible: Visible | undefined,
): Pick<Seen, 'outputs' | 'flow'> {
  const base = visible?.after === undefined ? undefined : memory.seen.get(visible.after.call);
  let outputs: OutputList | null = base?.outputs ?? null;
  let flow: Json = base?.flow ?? null;
  for (const last of resultsFrom(memory, visible?.outputs ?? [])) {
    outputs = { before: outputs, last };
    flow = flowAfter(flow, last);
  }
  return { outputs, flow };
}

function flowOf(memory: RunMemory, source: FlowSource): Json {
  if ('value' in source) return source.value;
  const content = resultsFrom(memory, source.outputs).reduce<Json>(flowAfter, null);
  if (source.item === undefined) return content;
  return Array.isArray(content) ? (content[source.item] ?? null) : null;
}

function resultsFrom(memory: RunMemory, sources: readonly OutputSource[]): StepResult[] {
  return sources.flatMap((source): StepResult | StepResult[] => {
    if ('steps' in source) return containerFrom(memory, source);
    const { name } = source;
    if ('result' in source)
      return callsOf(source).map((call) => resultOf(name, memory.results.get(call) ?? {}));
    return { ...resultOf(name, source), skipped: source.skipped ?? false };
  });
}

function containerFrom(
  memory: RunMemory,
  { name, type, steps, error, success, media }: Extract<OutputSource, { steps: unknown }>,
): StepResult {
  const result = containerResult(name, type, resultsFrom(memory, steps), error ?? null);
  return { ...result, ...(success !== undefined && { success }), ...media };
}

function seeState(memory: RunMemory, source: StateSource): JsonObject {
  if ('value' in source) return source.value;
  const base = memory.seen.get(source.after.call)?.state ?? {};
  return source.patches.reduce((state, patch) => applied(memory, state, patch), base);
}

function applied(memory: RunMemory, state: JsonObject, source: PatchSource): JsonObject {
  const patch = 'patch' in source ? source.patch : memory.results.get(source.result.call)?.state;
  return patch === undefined ? state : apply(state, patch);
}

function missingText({ start, calls, results }: Wanted): string {
  const missing = unique([...(start ? ["the run's start"] : []), ...calls, ...results]);
  return `The history no longer holds ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ' …' : ''}.`;
}
