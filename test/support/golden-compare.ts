import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject, StepResult } from '../../src/index.js';
import type { ScriptedRequest } from '../../src/testing/index.js';
import {
  MEDIA,
  type AgnoAnswer,
  type Decided,
  type GoldenInput,
  type GoldenPrompt,
  type GoldenResult,
  type WorkflowNode,
} from './golden-case.js';
import { FOUND, withoutWords } from './golden-errors.js';
import { comparable, eventsAsDecided, type HostEvent } from './golden-events.js';

/** What came of a run. What a host can't tell is `null`, and isn't compared. */
export interface GoldenAnswer {
  readonly runId: string;
  readonly status: string;
  readonly content: Json;
  readonly error: string | null;
  readonly stepResults: readonly StepResult[];
  readonly sessionState: JsonObject | null;
  readonly events: readonly HostEvent[] | null;
  readonly background: Background | null;
}

/** What is seen of a run by whoever started it in the background. */
export interface Background {
  /** What each look at it said, from the first one at its start. */
  readonly statuses: readonly string[];
  /** Whether it was open when it was cancelled; `null` where it wasn't to be. */
  readonly cancelled: boolean | null;
  readonly hasCompleted: boolean;
}

/** What a case's executors and models saw of a run. */
export interface Seen {
  readonly attempts: Readonly<Record<string, number>>;
  readonly prompts: readonly ScriptedRequest[];
}

/** How an answer differs from what is decided, a line for each; none where it doesn't. */
export function differencesOf(
  answer: GoldenAnswer,
  decided: Decided,
  seen: Seen,
  definition: WorkflowNode,
): string[] {
  const { status, content, error, sessionState, stepResults, events } = answer;
  const given: Partial<Record<keyof Decided, unknown>> = {
    ...{ status, content, error },
    ...(sessionState !== null && { session_state: sessionState }),
    step_results: stepResults.map(goldenResult),
    attempts: seen.attempts,
    ...(events !== null && { events: eventsAsDecided(events, decided.events ?? [], definition) }),
    agent_prompts: sortedPrompts(seen.prompts.map(promptOf)),
  };
  const wanted: Partial<Decided> = {
    ...decided,
    ...(decided.events && { events: comparable(decided.events, definition) }),
    ...(decided.agent_prompts && { agent_prompts: sortedPrompts(decided.agent_prompts) }),
  };
  return [
    ...differing(withoutWords(given, definition), withoutWords(wanted, definition)),
    ...unnamed(answer, withoutWords(decided, definition)),
  ];
}

/** How the end of a run that isn't decided differs from Agno's: it was cancelled, or another ran at the same time. */
export function differencesFromAgno(
  answer: GoldenAnswer,
  agno: AgnoAnswer,
  { concurrent = false, cancel_on_event }: GoldenInput,
): string[] {
  const { status, content, events, sessionState, background } = answer;
  const isCancelled = agno.status === 'CANCELLED';
  const done = answer.stepResults.filter(({ error }) => error !== 'cancelled').map(nameAndContent);
  const agnoDone = (agno.step_results ?? []).map(nameAndContent);
  const closing = events?.filter(({ event }) => /^Workflow(?!Started)/.test(event));
  return differing(
    {
      ...{ status, content },
      // Of a run in the background that is cancelled Agno keeps nothing.
      step_results: isCancelled && cancel_on_event === undefined ? agnoDone : done,
      ...(concurrent && sessionState !== null && { session_state: sessionState }),
      ...(closing && { events: closing.map(({ event }) => event) }),
      ...(background && { has_completed: background.hasCompleted }),
      ...(typeof background?.cancelled === 'boolean' && { cancel_returned: background.cancelled }),
    },
    {
      ...agno,
      status: agno.status.toLowerCase().replace('error', 'failed'),
      content: isCancelled ? null : agno.content,
      step_results: agnoDone,
      events: [isCancelled ? 'WorkflowCancelled' : 'WorkflowCompleted'],
    },
  );
}

/** What looks at a run in the background have to say: pending at first, then running perhaps, at last its end. */
export function differencesInBackground({ background, status }: GoldenAnswer): string[] {
  if (background === null) return [];
  const { statuses } = background;
  const order = ['pending', 'running', status];
  const places = statuses.map((each) => order.indexOf(each));
  const isInOrder = places.every((place, index) => place >= (places[index - 1] ?? 0));
  return isInOrder ? [] : [`get_run_sequence: got ${statuses.join(', ')}`];
}

/** The fields that both have, where they differ. */
function differing(given: object, wanted: object): string[] {
  const fields = given as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).flatMap(([field, value]) => {
    if (!(field in given) || isDeepStrictEqual(plain(fields[field]), plain(value))) return [];
    return firstDifference(field, plain(fields[field]), plain(value));
  });
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

/** Where two values differ first, in a line: a whole tree of results is nothing to read. */
function firstDifference(at: string, given: unknown, wanted: unknown): string[] {
  if (isTree(given) && isTree(wanted)) {
    const keys = [...new Set([...Object.keys(wanted), ...Object.keys(given)])];
    const key = keys.find((each) => !isDeepStrictEqual(given[each], wanted[each]))!;
    return firstDifference(`${at}.${key}`, given[key], wanted[key]);
  }
  return [`${at}: got ${JSON.stringify(given)}, decided is ${JSON.stringify(wanted)}`];
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** A fault that the engine found names the node; that of a nested run a node which isn't in these results. */
function unnamed({ error, stepResults }: GoldenAnswer, decided: Decided): string[] {
  if (decided.error !== FOUND || error === null) return [];
  const nodes = failedIn(stepResults);
  const isNamed = nodes.length === 0 || nodes.some((node) => error.includes(node));
  return isNamed ? [] : [`error: '${error}' names none of ${JSON.stringify(nodes)}`];
}

/** The innermost nodes that failed; `''` for a nested run. */
function failedIn(results: readonly StepResult[]): readonly string[] {
  return results
    .filter(({ success, skipped }) => !success && !skipped)
    .flatMap(({ name, runId, steps }) => {
      if (runId !== undefined) return [''];
      const inside = failedIn(steps);
      return inside.length === 0 ? [name] : inside;
    });
}

/** In one order, for agents side by side are asked in any. */
function sortedPrompts(prompts: readonly GoldenPrompt[]): GoldenPrompt[] {
  return prompts.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

/** What a model was asked, as the cases write it. */
export function promptOf({ body, messages }: ScriptedRequest): GoldenPrompt {
  return {
    agent: String(body['model']),
    messages: messages.map(({ role, content }) => ({ role, content: content ?? '' })),
  };
}

/** A result as the cases write it: media as addresses, and nothing that is empty. */
function goldenResult(result: StepResult): GoldenResult {
  const { name, type, content, success, stop, error, skipped, steps } = result;
  const media = MEDIA.filter((kind) => result[kind].length > 0).map((kind) => [
    kind,
    result[kind].map(({ url }) => url),
  ]);
  return {
    ...{ name, type, content, success, stop, error, skipped },
    ...(Object.fromEntries(media) as object),
    ...(steps.length > 0 && { steps: steps.map(goldenResult) }),
  };
}

function nameAndContent({ name, content }: Pick<GoldenResult, 'name' | 'content'>): unknown {
  return { name, content };
}
