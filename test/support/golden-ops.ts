import type { Executor, Json, StepContext, StepInput } from '../../src/index.js';
import { StepOutput } from '../../src/index.js';
import { MEDIA, opOf, twoOf } from './golden-case.js';
import { historyOf, historyTextOf } from './golden-later.js';

/** One call of a case's function. */
export interface Called {
  readonly input: StepInput;
  readonly context: Pick<StepContext, 'sessionState' | 'signal'>;
  /** Which call of this node in this run it is, from 1. */
  readonly nth: number;
}

/** What a case's function does. */
export type Op = (call: Called) => ReturnType<Executor>;

/** The op that a case names, as an executor or as a whole workflow. */
export function executorOp(text: string): Op {
  const { op, argument } = opOf(text);
  const make = EXECUTORS[op];
  if (make === undefined) throw new Error(`There is no executor '${op}'.`);
  return make(argument);
}

/** The text that ops work on: what flowed in, else the input. */
export function cur({ input }: Pick<Called, 'input'>): string {
  const { previousStepContent: flow } = input;
  return flow === null ? (input.getInputAsString() ?? '') : show(flow);
}

/** `<none>`, a string as it is, anything else as compact JSON with its keys sorted. */
export function show(value: Json | undefined): string {
  if (value === undefined || value === null) return '<none>';
  return typeof value === 'string' ? value : JSON.stringify(sorted(value));
}

const EXECUTORS: Readonly<Record<string, (argument: string) => Op>> = {
  identity: () => cur,
  upper: () => (call) => cur(call).toUpperCase(),
  reverse: () => (call) => Array.from(cur(call)).reverse().join(''),
  append: (text) => (call) => cur(call) + text,
  prepend: (text) => (call) => text + cur(call),
  const: (text) => () => text,
  input: () => (call) => show(call.input.getInputAsString()),
  upper_input: () => (call) => (call.input.getInputAsString() ?? '').toUpperCase(),
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
    return call.nth <= Number(times) ? fail(message) : `${cur(call)}|ok@${call.nth}`;
  },
  fail_if_input: (argument) => (call) => {
    const [part, message] = twoOf(argument, ':');
    return (call.input.getInputAsString() ?? '').includes(part) ? fail(message) : cur(call);
  },
  fail_output: (text) => () => new StepOutput({ content: text, success: false, error: text }),
  stop: (text) => () => new StepOutput({ content: text, stop: true }),
  stop_if: (part) => (call) =>
    new StepOutput({ content: cur(call), stop: cur(call).includes(part) }),
  json: (text) => () => new StepOutput({ content: JSON.parse(text) as Json }),
  return_null: () => () => null,
  return_raw: (text) => () => JSON.parse(text) as Json,
  state_set: (argument) => (call) => {
    const [key, value] = twoOf(argument, '=');
    call.context.sessionState[key] = value;
    return argument;
  },
  state_inc: (key) => (call) => increment(call, key),
  state_push: (argument) => (call) => {
    const [key, value] = twoOf(argument, '=');
    const list = call.context.sessionState[key];
    if (Array.isArray(list)) list.push(value);
    else call.context.sessionState[key] = [value];
    return cur(call);
  },
  state_inc_then_fail: (key) => (call) => fail(increment(call, key)),
  state_get: (key) => (call) => show(call.context.sessionState[key]),
  state_keys: () => (call) => Object.keys(call.context.sessionState).sort().join(','),
  state_put: (argument) => (call) => {
    const [key, json] = twoOf(argument, '=');
    call.context.sessionState[key] = JSON.parse(json) as Json;
    return argument;
  },
  state_put_in: (argument) => (call) => {
    const [key, inner] = twoOf(argument, '.');
    const [innerKey, value] = twoOf(inner, '=');
    const object = call.context.sessionState[key];
    const isObject = typeof object === 'object' && !Array.isArray(object);
    call.context.sessionState[key] = { ...(isObject && object), [innerKey]: value };
    return argument;
  },
  state_delete: (key) => (call) => {
    Reflect.deleteProperty(call.context.sessionState, key);
    return cur(call);
  },
  image: (url) => () => new StepOutput({ content: `image ${url}`, images: [url] }),
  list_media:
    () =>
    ({ input }) =>
      MEDIA.map((kind) => `${kind}=${input[kind].map(({ url }) => url).join(',')}`).join(';'),
  history: (n) => (call) => show(historyOf(call.input, count(n))),
  history_context: (n) => (call) => show(historyTextOf(call.input, count(n))),
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
      yield new StepOutput({ content: texts.at(-1)! });
    },
};

function sorted(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function increment({ context }: Called, key: string): string {
  const value = context.sessionState[key];
  const next = (typeof value === 'number' ? value : 0) + 1;
  context.sessionState[key] = next;
  return `${key}=${next}`;
}

function count(n: string): number | undefined {
  return n === '' ? undefined : Number(n);
}

function fail(message: string): never {
  throw new Error(message);
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
