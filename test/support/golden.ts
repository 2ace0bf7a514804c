import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { compile } from '../../src/definition/compile.js';
import type { WorkflowOptions } from '../../src/definition/workflow.js';
import type { AnyWorkflow } from '../../src/definition/is-workflow.js';
import type { Json, JsonObject } from '../../src/plan/json.js';
import { MEDIA_KINDS, type StepResult } from '../../src/plan/output.js';
import type { PlanNode } from '../../src/plan/plan.js';
import { CANCELLED } from '../../src/plan/result.js';
import { scriptedModel, type ScriptedRequest } from '../../src/testing/scripted-model.js';
import { overlay } from '../../src/walk/start.js';
import {
  isBuildable,
  optionsOf,
  Script,
  type CancelOn,
  type GoldenNode,
} from './golden-definition.js';

/** A workflow, and what its runs have to answer: decided by the semantics, case by case. */
export interface GoldenCase {
  readonly name: string;
  readonly description: string;
  readonly definition: GoldenNode;
  /** The definition is refused; the text begins with the name of the node. */
  readonly decided_construct_error?: string;
  readonly runs: readonly GoldenRun[];
}

interface GoldenRun {
  readonly input: GoldenInput;
  readonly decided?: Decided | { readonly rejected: true };
  /** What Agno gave: the answer where nothing is decided, which is where runs are cancelled. */
  readonly agno_2_3_4: Pick<Decided, 'status' | 'content' | 'step_results'>;
}

interface GoldenInput {
  readonly input?: Json;
  readonly additional_data?: JsonObject;
  readonly session_state?: JsonObject;
  readonly user_id?: string;
  readonly session_id?: string;
  readonly cancel_on_event?: { readonly event: string; readonly step_name: string | null };
  readonly cancel_after_ms?: number;
}

const INPUT_FIELDS: Readonly<Record<keyof GoldenInput, true>> = {
  input: true,
  additional_data: true,
  session_state: true,
  user_id: true,
  session_id: true,
  cancel_on_event: true,
  cancel_after_ms: true,
};

interface Decided {
  readonly status: string;
  readonly content: Json;
  readonly error: string | null;
  readonly session_state: JsonObject;
  readonly step_results?: readonly GoldenResult[];
  /** What each agent's model was sent. */
  readonly agent_prompts?: readonly GoldenPrompt[];
  readonly attempts?: Readonly<Record<string, number>>;
  readonly events?: readonly { readonly event: string; readonly step_name?: string }[];
}

interface GoldenPrompt {
  readonly agent: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

interface GoldenResult {
  readonly name: string;
  readonly content: Json;
  readonly success: boolean;
  readonly steps?: readonly GoldenResult[];
}

/** One run that a host is asked for. */
export interface GoldenRequest {
  readonly workflow: AnyWorkflow;
  readonly input: Json | undefined;
  readonly additionalData?: JsonObject;
  readonly sessionState?: JsonObject;
  readonly sessionId?: string;
  readonly userId?: string;
  /** Cancels the run as soon as this has happened. */
  readonly cancelOn?: CancelOn;
  /** Cancels the run so many milliseconds after its start. */
  readonly cancelAfter?: number;
}

/** What came of it. What a host can't tell is `null`, and isn't compared. */
interface GoldenAnswer {
  readonly runId: string;
  readonly status: string;
  readonly content: Json;
  readonly error: string | null;
  readonly stepResults: readonly StepResult[];
  readonly sessionState: JsonObject | null;
  readonly events: readonly GoldenEvent[] | null;
}

export interface GoldenEvent {
  readonly event: string;
  /** `null` for events of the run itself, as is `stepPath`. */
  readonly stepName: string | null;
  readonly stepPath: string | null;
}

/** Where cases are run: in memory, or on a server. */
export interface GoldenHost {
  define(options: WorkflowOptions): AnyWorkflow;
  /** Runs to the end; `'rejected'` where the workflow's schema refuses the input. */
  run(request: GoldenRequest): Promise<GoldenAnswer | 'rejected'>;
}

const CASES = path.resolve(import.meta.dirname, '../../../shared/golden/cases');

const goldenCases: readonly GoldenCase[] = readdirSync(CASES)
  .sort()
  .map((file) => JSON.parse(readFileSync(path.join(CASES, file), 'utf8')) as GoldenCase);

/** The cases for which there is all that they ask for, and an answer to compare with. */
export const coveredCases: readonly GoldenCase[] = goldenCases.filter(
  ({ definition, decided_construct_error, runs }) =>
    isBuildable(definition) &&
    (decided_construct_error !== undefined ||
      runs.every(
        ({ input, decided }) =>
          Object.keys(input).every((field) => field in INPUT_FIELDS) &&
          (decided !== undefined || isCancelled(input)),
      )),
);

function isCancelled(input: GoldenInput): boolean {
  return input.cancel_on_event !== undefined || input.cancel_after_ms !== undefined;
}

/** Runs a case, its runs one after the other on one session, and compares what comes of them with what is decided. */
export async function checkGolden(golden: GoldenCase, host: GoldenHost): Promise<void> {
  const { definition, decided_construct_error: refused, runs } = golden;
  await using model = await scriptedModel((request) => script.answer(request));
  const script: Script = new Script(model.baseURL);
  const define = (): AnyWorkflow => host.define(optionsOf(definition, script));
  if (refused !== undefined) {
    const node = refused.split(':')[0]!.split('/').at(-1)!;
    expect(define).toThrow(node);
    return;
  }

  const workflow = define();
  const sessions = new Map<string, JsonObject>();
  for (const { input, decided, agno_2_3_4 } of runs) {
    const sessionId = definition['db'] === false ? undefined : (input.session_id ?? 'S');
    const request = requestOf(workflow, input, sessionId, sessions);
    script.cancelOn = request.cancelOn ?? null;
    const asked = model.requests.length;
    const answer = await host.run(request);
    if (answer === 'rejected' || (decided !== undefined && 'rejected' in decided)) {
      expect({ answer, decided }).toEqual({ answer: 'rejected', decided: { rejected: true } });
      continue;
    }
    if (decided === undefined) compareCancelled(answer, agno_2_3_4);
    else compare(answer, decided, workflow, script.callsIn(answer.runId));
    if (decided?.agent_prompts !== undefined)
      expect(promptsOf(model.requests.slice(asked))).toEqual(sorted(decided.agent_prompts));
    if (sessionId !== undefined && answer.sessionState !== null)
      sessions.set(sessionId, answer.sessionState);
  }
}

/** A session's stored state goes under the run's own, as a session will have it. */
function requestOf(
  workflow: AnyWorkflow,
  given: GoldenInput,
  sessionId: string | undefined,
  sessions: ReadonlyMap<string, JsonObject>,
): GoldenRequest {
  const { additional_data, session_state, user_id, cancel_on_event, cancel_after_ms } = given;
  const stored = sessionId === undefined ? undefined : sessions.get(sessionId);
  const sessionState = stored === undefined ? session_state : overlay(stored, session_state ?? {});
  return {
    workflow,
    input: given.input,
    ...(additional_data !== undefined && { additionalData: additional_data }),
    ...(sessionState !== undefined && { sessionState }),
    ...(sessionId !== undefined && { sessionId }),
    ...(user_id !== undefined && { userId: user_id }),
    ...(cancel_on_event !== undefined && {
      cancelOn: { event: cancel_on_event.event, stepName: cancel_on_event.step_name },
    }),
    ...(cancel_after_ms !== undefined && { cancelAfter: cancel_after_ms }),
  };
}

function compare(
  answer: GoldenAnswer,
  decided: Decided,
  workflow: AnyWorkflow,
  attempts: Readonly<Record<string, number>>,
): void {
  const { status, content, error, sessionState, stepResults, events } = answer;
  expect({ status, content, error }).toEqual({
    status: decided.status,
    content: decided.content,
    error: decided.error,
  });
  if (sessionState !== null) expect(sessionState).toEqual(decided.session_state);
  if (decided.step_results !== undefined)
    expect(stepResults.map(goldenResult)).toEqual(decided.step_results);
  if (decided.attempts !== undefined) expect(attempts).toEqual(decided.attempts);
  if (decided.events !== undefined && events !== null) {
    const withoutAgents = events.filter(({ event }) => !AGENT_EVENTS.includes(event));
    const inOrder = byDefinition(withoutAgents, compile(workflow).plan.steps);
    expect(inOrder.map(({ event, stepName }) => [event, stepName])).toEqual(
      decided.events.map(({ event, step_name }) => [event, step_name ?? null]),
    );
  }
}

/** Cases have none of them. */
const AGENT_EVENTS = ['RunStarted', 'ToolCallStarted', 'ToolCallCompleted', 'RunCompleted'];

/** In one order, for agents side by side are asked in any. */
function promptsOf(requests: readonly ScriptedRequest[]): GoldenPrompt[] {
  return sorted(
    requests.map(({ body, messages }) => ({
      agent: String(body['model']),
      messages: messages.map(({ role, content }) => ({ role, content: content ?? '' })),
    })),
  );
}

function sorted(prompts: readonly GoldenPrompt[]): GoldenPrompt[] {
  return prompts.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

/** Of a cancelled run: what had completed before, and how it ended. */
function compareCancelled(answer: GoldenAnswer, agno: GoldenRun['agno_2_3_4']): void {
  expect(answer.status).toBe(agno.status.toLowerCase());
  const completed = answer.stepResults.filter(({ error }) => error !== CANCELLED);
  expect(completed.map(nameAndContent)).toEqual((agno.step_results ?? []).map(nameAndContent));
  if (answer.events !== null) {
    const ended = answer.events.filter(({ stepName }) => stepName === null).slice(1);
    const event = answer.status === 'cancelled' ? 'WorkflowCancelled' : 'WorkflowCompleted';
    expect(ended.map((end) => end.event)).toEqual([event]);
  }
}

function nameAndContent({ name, content }: GoldenResult | StepResult): unknown {
  return { name, content };
}

/** A result as the cases write it: media as addresses, and nothing that is empty. */
function goldenResult(result: StepResult): unknown {
  const { name, type, content, success, stop, error, skipped, steps } = result;
  const media = MEDIA_KINDS.filter((kind) => result[kind].length > 0).map((kind) => [
    kind,
    result[kind].map(({ url }) => url),
  ]);
  return {
    ...{ name, type, content, success, stop, error, skipped },
    ...(Object.fromEntries(media) as object),
    ...(steps.length > 0 && { steps: steps.map(goldenResult) }),
  };
}

/**
 * Events with each Parallel's branches one after the other, as the cases have them: between branches no order is
 * specified. All else stays where it is.
 */
function byDefinition(
  events: readonly GoldenEvent[],
  nodes: readonly PlanNode[],
): readonly GoldenEvent[] {
  return nodes.reduce((ordered, node) => {
    if (!('steps' in node)) return ordered;
    const [before, own, after] = span(ordered, node);
    if (node.kind === 'steps') return [...before, ...byDefinition(own, node.steps), ...after];
    const rest = own.filter((event) => !node.steps.some((branch) => isOf(event, branch)));
    const encloses = rest[0] === own[0] && (rest.length === 1 || rest.at(-1) === own.at(-1));
    if (!encloses) return ordered;
    const branches = node.steps.map((branch) =>
      byDefinition(
        own.filter((event) => isOf(event, branch)),
        [branch],
      ),
    );
    return [...before, ...rest.slice(0, 1), ...branches.flat(), ...rest.slice(1), ...after];
  }, events);
}

type Span = [
  before: readonly GoldenEvent[],
  own: readonly GoldenEvent[],
  after: readonly GoldenEvent[],
];

/** What comes before a node's events, those from its first to its last, and what comes after. */
function span(events: readonly GoldenEvent[], node: PlanNode): Span {
  const first = events.findIndex((event) => isOf(event, node));
  if (first === -1) return [events, [], []];
  const end = events.findLastIndex((event) => isOf(event, node)) + 1;
  return [events.slice(0, first), events.slice(first, end), events.slice(end)];
}

function isOf({ stepPath }: GoldenEvent, { ref }: PlanNode): boolean {
  return stepPath === ref || stepPath?.startsWith(`${ref}/`) === true;
}
