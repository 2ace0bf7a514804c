import { z } from 'zod';
import { Agent } from '../../src/definition/agent.js';
import type { Node } from '../../src/definition/container.js';
import { openaiCompatible } from '../../src/definition/model.js';
import { Parallel } from '../../src/definition/parallel.js';
import { Step } from '../../src/definition/step.js';
import { Steps } from '../../src/definition/steps.js';
import type { WorkflowOptions } from '../../src/definition/workflow.js';
import type { Executor, StepContext } from '../../src/plan/executor.js';
import type { Json, JsonObject } from '../../src/plan/json.js';
import type { StepInput } from '../../src/plan/step-input.js';
import { StepOutput } from '../../src/plan/step-output.js';
import type { ScriptedRequest } from '../../src/testing/scripted-model.js';

/** A node of a case's definition, as its file has it. */
export interface GoldenNode {
  readonly type: string;
  readonly name?: string | null;
  readonly steps?: readonly GoldenNode[];
  readonly [field: string]: unknown;
}

/** The fields of each type that mean something here. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Workflow: ['steps', 'callable', 'session_state', 'input_schema', 'db', 'steps_wrapper'],
  Step: ['executor', 'agent', 'max_retries', 'skip_on_failure', 'timeout_seconds', 'fn_name'],
  Function: ['executor'],
  Agent: ['reply', 'instructions'],
  Steps: ['steps'],
  Parallel: ['steps'],
  Bogus: [],
};
const IGNORED = ['type', 'name', 'store_events', 'events_to_skip', 'stream_executor_events'];

/** Whether there is all that a definition asks for: its nodes, their options, their executors. */
export function isBuildable(node: GoldenNode): boolean {
  const fields = FIELDS[node.type];
  if (fields === undefined) return false;
  const { executor, callable, steps = [] } = node;
  return (
    Object.keys(node).every((field) => fields.includes(field) || IGNORED.includes(field)) &&
    (executor === undefined || opOf(executor as string, EXECUTORS) !== null) &&
    (callable === undefined || opOf(callable as string, CALLABLES) !== null) &&
    steps.every(isBuildable)
  );
}

interface GoldenAgent {
  readonly name: string;
  readonly reply?: string;
  readonly instructions?: string;
}

/** Which event cancels a run: executors that start after it wait for their abort signal. */
export interface CancelOn {
  readonly event: string;
  readonly stepName: string | null;
}

/** What the executors of a case know of its runs. */
export class Script {
  cancelOn: CancelOn | null = null;
  readonly #calls = new Map<string, Record<string, number>>();
  readonly #held = new Set<string>();
  readonly #replies = new Map<string, string>();

  /** @param modelURL Where agents' models are; `answer` answers for them. */
  constructor(readonly modelURL: string) {}

  /** An agent of a case: its name is its model's. */
  agent({ name, reply, instructions }: GoldenAgent): Agent {
    if (reply !== undefined) this.#replies.set(name, reply);
    return new Agent({
      name,
      model: openaiCompatible({ baseURL: this.modelURL, id: name }),
      ...(instructions !== undefined && { instructions }),
    });
  }

  /** What an agent's model says: its reply, or an echo. */
  answer({ body, messages }: Pick<ScriptedRequest, 'body' | 'messages'>): string {
    const name = String(body['model']);
    const last = messages.findLast(({ role }) => role === 'user')?.content ?? '';
    return this.#replies.get(name) ?? `${name}(${last})`;
  }

  /** Calls of each executor in a run, by the path of its node. */
  callsIn(runId: string): Readonly<Record<string, number>> {
    return this.#calls.get(runId) ?? {};
  }

  /** An op as the executor of a node. */
  executor(op: Op, path: string, stepName: string): Executor {
    return async (input: StepInput, context) => {
      const { runId, signal } = context;
      const calls = this.#calls.get(runId) ?? {};
      this.#calls.set(runId, calls);
      const nth = (calls[path] = (calls[path] ?? 0) + 1);
      if (this.#isHeld(runId)) await aborted(signal);
      const answer = await op({ input, context, nth });
      if (this.cancelOn?.event === 'StepCompleted' && this.cancelOn.stepName === stepName)
        this.#held.add(runId);
      return answer;
    };
  }

  #isHeld(runId: string): boolean {
    return this.cancelOn?.event === 'WorkflowStarted' || this.#held.has(runId);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}

/** A case's definition as options of a workflow. */
export function optionsOf(definition: GoldenNode, script: Script): WorkflowOptions {
  const { name, callable, input_schema, session_state } = definition;
  return {
    name: name!,
    retry: { initialInterval: 1, backoff: 1 },
    ...(input_schema !== undefined && { inputSchema: schemaOf(input_schema as GoldenSchema) }),
    ...(session_state !== undefined && { sessionState: session_state as JsonObject }),
    ...(callable !== undefined && { maxRetries: 0 }),
    steps: stepsOf(definition, script) as Node<Json>[],
  };
}

function stepsOf(definition: GoldenNode, script: Script): unknown {
  const { callable, steps_wrapper } = definition;
  if (typeof callable === 'string') {
    return named('callable', script.executor(opOf(callable, CALLABLES)!, '', 'callable'));
  }
  // A container in the place of a list, to see it refused.
  if (steps_wrapper !== undefined) return nodeOf(steps_wrapper as GoldenNode, '', script);
  return nodesOf(definition, '', script);
}

function nodesOf(parent: GoldenNode, path: string, script: Script): unknown[] {
  return (parent.steps ?? []).map((node, index) =>
    nodeOf(node, path === '' ? String(index) : `${path}.${String(index)}`, script),
  );
}

function nodeOf(node: GoldenNode, path: string, script: Script): unknown {
  const { type, executor, max_retries, skip_on_failure, timeout_seconds } = node;
  const name = node.name ?? undefined;
  const op = typeof executor === 'string' ? opOf(executor, EXECUTORS)! : undefined;
  switch (type) {
    case 'Function':
      return named(name!, script.executor(op!, path, name!));
    case 'Agent':
      return script.agent(node as unknown as GoldenAgent);
    case 'Step':
      if (node['agent'] !== undefined) {
        return new Step({
          ...(name !== undefined && { name }),
          agent: script.agent(node['agent'] as GoldenAgent),
        });
      }
      return new Step({
        name: name!,
        // A case may leave it out, to see it refused.
        executor: (op && script.executor(op, path, name!)) as Executor<Json>,
        ...(max_retries !== undefined && { maxRetries: max_retries as number }),
        ...(skip_on_failure === true && { onError: 'skip' }),
        ...(timeout_seconds !== undefined && { timeout: Number(timeout_seconds) * 1_000 }),
      });
    case 'Steps':
    case 'Parallel': {
      const Container = type === 'Steps' ? Steps : Parallel;
      const steps = nodesOf(node, path, script) as Node<Json>[];
      return new Container({ ...(name !== undefined && { name }), steps });
    }
    default:
      return 12345;
  }
}

function named(name: string, executor: Executor): Executor {
  Object.defineProperty(executor, 'name', { value: name });
  return executor;
}

interface GoldenSchema {
  readonly fields: Readonly<Record<string, string>>;
}

/** Lax, as Agno's schemas are. */
function schemaOf({ fields }: GoldenSchema): z.ZodType<Json, Json> {
  const shape = Object.entries(fields).map(([field, type]) => {
    const schema = FIELD_TYPES[type.replace('?', '')]!;
    return [field, type.endsWith('?') ? schema.nullish() : schema];
  });
  return z.object(Object.fromEntries(shape)) as z.ZodType as z.ZodType<Json, Json>;
}

const numeric = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)]).transform(Number);

const FIELD_TYPES: Readonly<Record<string, z.ZodType>> = {
  str: z.string(),
  int: numeric.refine(Number.isInteger),
  float: numeric,
  bool: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]),
};

/** What a case's executors do. */
type Op = (call: Called) => unknown;

interface Called {
  readonly input: StepInput;
  readonly context: StepContext;
  /** Which call of this node in this run it is, from 1. */
  readonly nth: number;
}

type Ops = Readonly<Record<string, (argument: string) => Op>>;

/** `append:X` → the op `append` with the argument `X`; `null` for an op that isn't there. */
function opOf(text: string, ops: Ops): Op | null {
  const colon = text.indexOf(':');
  const name = colon === -1 ? text : text.slice(0, colon);
  return ops[name]?.(colon === -1 ? '' : text.slice(colon + 1)) ?? null;
}

const EXECUTORS: Ops = {
  identity: () => cur,
  upper: () => (call) => cur(call).toUpperCase(),
  reverse: () => (call) => cur(call).split('').reverse().join(''),
  append: (text) => (call) => cur(call) + text,
  prepend: (text) => (call) => text + cur(call),
  const: (text) => () => text,
  input: () => (call) => show(call.input.getInputAsString()),
  raw_previous: () => (call) => show(call.input.previousStepContent),
  concat_previous: () => (call) => call.input.getAllPreviousContent(),
  last_content: () => (call) => show(call.input.getLastStepContent()),
  step_content: (name) => (call) => show(call.input.getStepContent(name)),
  step_output_content: (name) => (call) => show(call.input.getStepOutput(name)?.content),
  previous_names: () => (call) => [...call.input.previousStepOutputs.keys()].join(','),
  additional: (key) => (call) => show(call.input.additionalData[key]),
  fail: (message) => () => fail(message),
  fail_times: (argument) => (call) => {
    const [times, message] = twoOf(argument, ':');
    return call.nth <= Number(times) ? fail(message) : `${cur(call)}|ok@${String(call.nth)}`;
  },
  fail_if_input: (argument) => (call) => {
    const [part, message] = twoOf(argument, ':');
    return (call.input.getInputAsString() ?? '').includes(part) ? fail(message) : cur(call);
  },
  fail_output: (text) => () => new StepOutput({ content: text, success: false, error: text }),
  stop: (text) => () => new StepOutput({ content: text, stop: true }),
  stop_if: (part) => (call) =>
    new StepOutput({ content: cur(call), stop: cur(call).includes(part) }),
  json: (text) => () => new StepOutput({ content: JSON.parse(text) }),
  return_null: () => () => null,
  return_raw: (text) => () => JSON.parse(text) as unknown,
  state_set: (argument) => (call) => {
    const [key, value] = twoOf(argument, '=');
    call.context.sessionState[key] = value;
    return argument;
  },
  state_inc: (key) => (call) => increment(call, key),
  state_push: (argument) => (call) => {
    const [key, value] = twoOf(argument, '=');
    const list = (call.context.sessionState[key] ??= []) as Json[];
    list.push(value);
    return cur(call);
  },
  state_inc_then_fail: (key) => (call) => fail(increment(call, key)),
  state_get: (key) => (call) => show(call.context.sessionState[key]),
  state_keys: () => (call) => Object.keys(call.context.sessionState).sort().join(','),
  image: (url) => () => new StepOutput({ content: `image ${url}`, images: [url] }),
  list_media:
    () =>
    ({ input }) =>
      (['images', 'videos', 'audio', 'files'] as const)
        .map((kind) => `${kind}=${input[kind].map((medium) => medium.url).join(',')}`)
        .join(';'),
  sleep: (ms) => async (call) => {
    await pause(Number(ms), call.context.signal);
    return cur(call);
  },
  yield: (argument) =>
    function* () {
      yield* argument.split('|');
    },
  yield_output: (argument) =>
    function* () {
      const texts = argument.split('|');
      yield* texts.slice(0, -1);
      yield new StepOutput({ content: texts.at(-1) });
    },
};

const CALLABLES: Ops = {
  upper_input: () => (call) => (call.input.getInputAsString() ?? '').toUpperCase(),
  ...pick(EXECUTORS, ['return_raw', 'fail', 'additional', 'yield']),
};

function pick(ops: Ops, names: readonly string[]): Ops {
  return Object.fromEntries(names.map((name) => [name, ops[name]!]));
}

/** The text that an op works on: what flowed in, else the input. */
function cur({ input }: Called): string {
  const { previousStepContent: flow } = input;
  return flow === null ? (input.getInputAsString() ?? '') : show(flow);
}

function show(value: Json | undefined): string {
  if (value === undefined || value === null) return '<none>';
  return typeof value === 'string' ? value : JSON.stringify(sorted(value));
}

function sorted(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function increment({ context }: Called, key: string): string {
  const next = Number(context.sessionState[key] ?? 0) + 1;
  context.sessionState[key] = next;
  return `${key}=${String(next)}`;
}

function fail(message: string): never {
  throw new Error(message);
}

function twoOf(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
