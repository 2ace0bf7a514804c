import type { Info } from '@temporalio/activity';
import { AttemptRecord } from '../../src/activities/attempt.js';
import { StepTimeoutError } from '../../src/activities/fault.js';
import type { Given } from '../../src/activities/resolve.js';
import { mediaSeen, type OutputList, type Seen } from '../../src/activities/run-memory.js';
import {
  begun,
  continued,
  mediaIn,
  type OneAnswer,
  type ToolAnswer,
} from '../../src/activities/conversation.js';
import { Models } from '../../src/activities/models/models.js';
import { takenOver } from '../../src/activities/taken-over.js';
import { workOf } from '../../src/activities/work.js';
import { compile, type Compiled } from '../../src/definition/compile.js';
import { withNested } from '../../src/definition/registry.js';
import { parseInput } from '../../src/definition/parse-input.js';
import type { AnyWorkflow } from '../../src/definition/is-workflow.js';
import type { AnyCall, CallResult, SomeMedia, StepCall, Tally } from '../../src/plan/contract.js';
import type { Entry, StepLog } from '../../src/plan/executor.js';
import { isEmpty, type Json, type JsonObject } from '../../src/plan/json.js';
import { someMetrics, type Metrics } from '../../src/plan/metrics.js';
import type { ModelProvider } from '../../src/plan/model.js';
import type { StepResult } from '../../src/plan/output.js';
import { someOf } from '../../src/plan/result.js';
import { QUESTION_POLICY, type Plan, type Policy } from '../../src/plan/plan.js';
import {
  activityType,
  referenceOf,
  toolType,
  turnType,
  type CallId,
} from '../../src/plan/reference.js';
import type { WalkEvent } from '../../src/walk/event.js';
import type {
  Call,
  Host,
  MemberEnd,
  Outcome,
  Request,
  ToolEnd,
  TurnRequest,
  WorkflowRequest,
} from '../../src/walk/host.js';
import { failed, nestedResult, succeeded } from '../../src/walk/outcome.js';
import type { CallRequest } from '../../src/workflows/encode-call.js';
import { Scope } from '../../src/walk/scope.js';
import { startState } from '../../src/walk/start.js';
import { walk, type WalkEnd } from '../../src/walk/walk.js';

export interface MemoryRunOptions {
  readonly runId?: string;
  readonly sessionId?: string;
  readonly userId?: string;
  readonly additionalData?: JsonObject;
  readonly metadata?: JsonObject;
  readonly sessionState?: JsonObject;
  readonly media?: SomeMedia;
  /** Calls that are under way at once get on in an order that follows from it. Without it: as they come. */
  readonly seed?: number;
  /** Whom models of `customModel` are asked by. */
  readonly providers?: ReadonlyMap<string, ModelProvider>;
  /** Cancels the run. */
  readonly signal?: AbortSignal;
  /** Told each event as it happens. */
  readonly onEvent?: (event: WalkEvent) => void;
}

export interface MemoryRun {
  readonly end: WalkEnd;
  readonly results: StepResult[];
  readonly metrics: Metrics | null;
  readonly events: WalkEvent[];
  /** Starts of each call's executor. */
  readonly calls: Map<CallId, number>;
}

/** The input doesn't satisfy the workflow's schema: there was no run. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/**
 * Runs a definition wholly in memory, in milliseconds: the walk and the executors are the real ones, and there is
 * nothing between them. Attempts follow each other without a wait.
 *
 * @throws RefusedError
 */
export async function runInMemory(
  workflow: AnyWorkflow,
  input: Json = null,
  options: MemoryRunOptions = {},
): Promise<MemoryRun> {
  const parsed = await parseInput(workflow, input);
  if (!parsed.ok) throw new RefusedError(parsed.faults);
  const compiled = compile(workflow);
  const host = new MemoryHost(workflow, compiled, parsed.input, options);
  const walking = walk(compiled.plan, startState(compiled.plan, options, null), host);
  const end = await walking.end;
  const metrics = someMetrics(walking.metrics());
  return { end, results: walking.results(), metrics, events: host.events, calls: host.calls };
}

class MemoryHost implements Host {
  readonly plan: Plan;
  readonly events: WalkEvent[] = [];
  readonly calls = new Map<CallId, number>();
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #models: Models;
  /** By the calls of agents' turns. */
  readonly #seen = new Map<CallId, Seen>();
  readonly #results = new Map<CallId, CallResult>();
  readonly #signal: AbortSignal;
  readonly #random: () => number;

  constructor(
    readonly workflow: AnyWorkflow,
    { plan, calls }: Compiled,
    readonly input: Json,
    readonly options: MemoryRunOptions,
  ) {
    this.plan = plan;
    const { providers = new Map<string, ModelProvider>() } = options;
    this.#models = new Models({ env: {}, trustedBaseURLs: [], providers });
    this.#entries = new Map(
      calls.flatMap(({ keys, entry }) => keys.map((key) => [key, entry] as const)),
    );
    this.#signal = options.signal ?? new AbortController().signal;
    this.#random = options.seed === undefined ? () => 0 : randomFrom(options.seed);
  }

  get ending(): boolean {
    return this.#signal.aborted;
  }

  emit(event: WalkEvent): void {
    this.events.push(event);
    this.options.onEvent?.(event);
  }

  call(request: Request): Call {
    const started = this.#turn().then(() => !this.ending);
    const outcome = started.then((began): Promise<Outcome> | Outcome =>
      began ? this.#run(request) : { kind: 'cancelled' },
    );
    return { started, outcome };
  }

  async #run(request: Request): Promise<Outcome> {
    if (request.kind === 'workflow') return this.#nested(request);
    const policy = policyOf(this.plan, request);
    let tally: Tally = { failed: 0, passed: 0 };
    for (let attempt = 1; ; attempt++) {
      const info = this.#info(request, attempt, tally);
      const record = new AttemptRecord({ info, heartbeat: (told) => (tally = told) });
      try {
        await this.#turn();
        const result = await this.#attempt(request, policy, info);
        this.#results.set(request.call, result);
        return succeeded(result);
      } catch (error) {
        if (this.ending) return { kind: 'cancelled' };
        const failure = record.failed(nameOf(request), error, { policy });
        if (failure.nonRetryable === true) return failed(failure, false);
      }
    }
  }

  /** A run of its own. */
  async #nested({ call, node, sees }: WorkflowRequest): Promise<Outcome> {
    const { userId, additionalData, metadata, signal, seed } = this.options;
    const all = [...withNested([this.workflow])];
    const workflow = all.find(({ name }) => name === node.workflow.name);
    const runId = `${this.options.runId ?? 'in-memory'}/${call}`;
    const input = isEmpty(sees.flow) ? this.input : sees.flow;
    const run = await runInMemory(workflow!, input, {
      ...(userId !== undefined && { userId }),
      ...(additionalData !== undefined && { additionalData }),
      ...(metadata !== undefined && { metadata }),
      ...(signal !== undefined && { signal }),
      ...(seed !== undefined && { seed }),
      runId,
    });
    switch (run.end.kind) {
      case 'completed':
        return nestedResult(node.name, runId, run.end.content);
      case 'failed':
        return { kind: 'failed', error: run.end.error, run: runId };
      case 'cancelled':
        return { kind: 'cancelled' };
    }
  }

  async #attempt(request: CallRequest, policy: Policy, info: Info): Promise<CallResult> {
    const { sessionId, userId, additionalData = {}, metadata = {} } = this.options;
    const first: StepCall = {
      input: { value: this.input },
      ...(sessionId !== undefined && { sessionId }),
      ...(userId !== undefined && { userId }),
      policy,
      state: { value: request.state.value },
    };
    const given: Given = {
      input: this.input,
      additionalData,
      metadata,
      media: this.options.media ?? {},
      history: [],
      seen: this.#see(request, first),
      request: request.kind === 'tool' ? request.request : null,
    };
    const call = {
      ...first,
      ...(request.kind === 'tool' && { request: request.request }),
      ...(request.kind === 'finish' && { end: request.end }),
      ...(request.kind === 'question' && { iteration: request.iteration ?? 0 }),
    } satisfies AnyCall;
    const key = activityType(this.plan.workflow.name, referenceOf(request.call));
    const work = workOf(this.#entries.get(key)!, call, info, this.#models)!;
    const timeUp = new AbortController();
    const timer = setTimeout(() => {
      timeUp.abort(new StepTimeoutError(policy.timeout));
    }, policy.timeout);
    const signal = AbortSignal.any([this.#signal, timeUp.signal]);
    try {
      this.calls.set(request.call, info.attempt);
      const attempt = { info, signal, log: SILENT, heartbeat: () => undefined };
      const result = await Promise.race([work(given, attempt), aborted(signal)]);
      // What crosses to Temporal is JSON, and nothing of it may be lost.
      return JSON.parse(JSON.stringify(result)) as typeof result;
    } finally {
      clearTimeout(timer);
    }
  }

  #see(request: CallRequest, first: StepCall): Seen {
    const sees = 'sees' in request ? request.sees : Scope.empty;
    const known: Seen = {
      ...{ outputs: listOf(sees), flow: sees.flow, state: request.state.value },
      ...{ conversation: null, tools: [], first: null, instructions: null },
    };
    if (request.kind !== 'turn') return known;
    const seen = this.#seeTurn(request, known, first);
    this.#seen.set(request.call, seen);
    return seen;
  }

  #seeTurn({ after, node, sees, task, isLast }: TurnRequest, known: Seen, first: StepCall): Seen {
    if (after === null) {
      const flow = task?.text ?? sees.flow;
      const tools = node.tools.map(({ name }) => name);
      const media = someOf(mediaSeen(this.options.media ?? {}, known.outputs));
      const by = task === null ? null : this.#seen.get(task.by)!.conversation;
      const conversation =
        task?.isWhole === true
          ? takenOver(by, this.#results.get(task.by)!, task.text)
          : begun(flow, this.input, [], task === null ? media : mediaIn(by));
      return { ...known, flow, conversation, tools, first };
    }
    const before = this.#seen.get(after.call)!;
    const result = this.#results.get(after.call)!;
    const { instructions = before.instructions } = result;
    const answers = after.outcomes.map(answerOf);
    const conversation = continued(before.conversation, result, answers, isLast);
    return { ...before, instructions, conversation };
  }

  /** Temporal's description of an attempt, as far as executors can see it. */
  #info(request: CallRequest, attempt: number, heartbeatDetails: Tally): Info {
    const { runId = 'in-memory' } = this.options;
    const info: Partial<Info> = {
      activityId: request.call,
      activityType: typeOf(request),
      attempt,
      heartbeatDetails,
      workflowType: this.plan.workflow.name,
      workflowExecution: { workflowId: runId, runId: `${runId}-1` },
    };
    return info as Info;
  }

  async #turn(): Promise<void> {
    for (let turns = Math.floor(this.#random() * 4); turns > 0; turns--) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function answerOf(end: ToolEnd): ToolAnswer {
  if (end.kind === 'members') {
    const members = end.members.map(({ name, end: own }) => ({ name, answer: memberAnswer(own) }));
    return { members };
  }
  return memberAnswer(end);
}

function memberAnswer(end: MemberEnd['end']): OneAnswer {
  return end.kind === 'failed' ? { failed: end.message } : { value: end.result.content ?? null };
}

function policyOf({ policies }: Plan, request: CallRequest): Policy {
  if (request.kind === 'question') return QUESTION_POLICY;
  return policies['policy' in request ? request.policy : request.node.policy]!;
}

function nameOf(request: CallRequest): string {
  if (request.kind === 'finish') return 'onFinish';
  return request.kind === 'tool' ? request.request.name : request.node.name;
}

/** Of a step it doesn't matter here. */
function typeOf(request: CallRequest): string {
  if (request.kind === 'turn') return turnType(request.node.agent);
  return request.kind === 'tool' ? toolType(request.node.agent, request.request.name) : '';
}

function listOf(scope: Scope): OutputList | null {
  return scope
    .outputs()
    .reduce<OutputList | null>((before, { result }) => ({ before, last: result }), null);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

const SILENT: StepLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** mulberry32: numbers from 0 to 1 that look random and follow from the seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
