import {
  childrenOf,
  nameOf,
  type Decided,
  type GoldenInput,
  type GoldenNode,
  type Json,
  type JsonObject,
  type WorkflowNode,
} from '../golden-case.js';
import { parsed } from './input-schema.js';
import type { Interpretation, Start } from './interpretation.js';
import { numbered, sequence } from './nodes.js';
import { written } from './result.js';
import { overlay } from './state.js';
import { textOf } from './values.js';
import type { PastRun } from './view.js';

/** What a run came to, or that its input was refused. */
export type ReferenceRun = Required<Decided> | { readonly rejected: true };

interface Session {
  readonly state: JsonObject;
  readonly history: readonly PastRun[];
}

/**
 * A workflow by the rules of docs/semantics.md, one step after the other: the branches of a Parallel, too, in the order of
 * the definition. It is the oracle of the tests, and shares no code with what it judges.
 */
export class Reference {
  readonly #sessions = new Map<string, Session>();

  constructor(readonly workflow: WorkflowNode) {}

  /** The next run: its session is known by the runs before it. */
  run(given: GoldenInput): ReferenceRun {
    const { workflow } = this;
    const sessionId = workflow.db === false ? null : (given.session_id ?? 'S');
    const session = sessionId === null ? undefined : this.#sessions.get(sessionId);
    const run = interpreted(workflow, given, session);
    if (sessionId !== null && !('rejected' in run)) {
      const { input, ended } = run;
      const history = [...(session?.history ?? [])];
      if (ended.status === 'completed') history.push([textOf(input), textOf(ended.content)]);
      this.#sessions.set(sessionId, { state: ended.session_state, history });
    }
    return 'rejected' in run ? run : run.ended;
  }
}

/** The node for which a definition is refused; `null` where it isn't. */
export function refusedNode(workflow: WorkflowNode): string | null {
  if (workflow.steps_wrapper !== undefined) return workflow.name;
  return workflow.callable === undefined ? faultyNode(workflow) : null;
}

/** No children, a child that is no node, a step that doesn't have one executor. */
function faultyNode(node: GoldenNode): string | null {
  const children = childrenOf(node);
  if (node.type === 'Step') {
    const executors = [node.executor, node.agent, node.team].filter((each) => each !== undefined);
    return executors.length === 1 ? null : nameOf(node);
  }
  if (node.type === 'Function' || node.type === 'Agent') return null;
  const lacksChildren = (node.type === 'Condition' ? node.steps : children).length === 0;
  if (lacksChildren || children.some(({ type }) => type === 'Bogus')) return nameOf(node);
  return children.reduce<string | null>((fault, child) => fault ?? faultyNode(child), null);
}

type Interpreted =
  { readonly rejected: true } | { readonly input: Json; readonly ended: Required<Decided> };

function interpreted(
  workflow: WorkflowNode,
  given: GoldenInput,
  session: Session | undefined,
): Interpreted {
  const input = parsed(workflow.input_schema, given.input);
  if (input === undefined) return { rejected: true };
  const { images = [], videos = [], audio = [], files = [] } = given;
  const run: Interpretation = {
    workflow,
    facts: {
      input,
      additionalData: given.additional_data ?? {},
      media: { images, videos, audio, files },
      history: session?.history ?? [],
    },
    events: [{ event: 'WorkflowStarted' }],
    prompts: [],
    attempts: new Map(),
    runNested: (child, task) => nested(child, task, run),
  };
  return { input, ended: ended(run, startState(workflow, given, session)) };
}

/** The stored state, or the workflow's own of a new session, under what the run is given; or that is replaced. */
function startState(
  { session_state = {}, overwrite_db_session_state = false }: WorkflowNode,
  given: GoldenInput,
  session: Session | undefined,
): JsonObject {
  const found = overwrite_db_session_state ? session_state : (session?.state ?? session_state);
  return overlay(found, given.session_state ?? {});
}

function ended(run: Interpretation, state: JsonObject): Required<Decided> {
  const start: Start = { flow: null, outputs: [], state };
  const end = sequence(rootsOf(run.workflow), start, run);
  const isFailed = end.failure !== null;
  const content = isFailed ? null : end.flow;
  run.events.push(
    isFailed
      ? { event: 'WorkflowError', error: end.failure }
      : { event: 'WorkflowCompleted', content },
  );
  return {
    status: isFailed ? 'failed' : 'completed',
    content,
    error: end.failure,
    session_state: end.state,
    step_results: end.results.map(written),
    attempts: Object.fromEntries(run.attempts),
    events: run.events,
    agent_prompts: run.prompts,
  };
}

/** A workflow that is one function has one step. */
function rootsOf({ callable, steps = [] }: WorkflowNode): ReturnType<typeof numbered> {
  if (callable === undefined) return numbered(steps, '');
  const node = { type: 'Step', name: 'callable', executor: callable, max_retries: 0 } as const;
  return [{ node, path: '' }];
}

/** A run of its own, without a session: of what the outer one was given it has the additional data. */
function nested(
  workflow: WorkflowNode,
  input: Json,
  { prompts, facts }: Interpretation,
): ReturnType<Interpretation['runNested']> {
  const given = { ...(input !== null && { input }), additional_data: facts.additionalData };
  const child = interpreted(workflow, given, undefined);
  if ('rejected' in child) return { content: null, error: 'The input is refused.' };
  prompts.push(...child.ended.agent_prompts);
  return child.ended;
}
