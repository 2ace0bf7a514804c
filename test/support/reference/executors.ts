import { MEDIA, opOf, twoOf, type Json } from '../golden-case.js';
import type { Result } from './result.js';
import { isObject, show } from './values.js';
import type { View } from './view.js';

/** One call of a case's function. */
interface FunctionCall {
  readonly view: View;
  /** Which call of its node in the run it is, from 1. */
  readonly nth: number;
  /** Milliseconds; `null` for none. */
  readonly timeout: number | null;
}

type Output = Partial<Result>;

/** What a case's function does. */
export type Executor = (call: FunctionCall) => Output;

/** The executor, or the whole workflow's function, that a case names. What it throws fails the attempt. */
export function executorOf(text: string): Executor {
  const { op, argument } = opOf(text);
  const make = EXECUTORS[op];
  if (make === undefined) throw new Error(`There is no executor '${op}'.`);
  return make(argument);
}

/** The text that ops work on: what flowed in, else the input. */
export function cur(view: View): string {
  return view.flow === null ? (view.inputText ?? '') : show(view.flow);
}

const EXECUTORS: Readonly<Record<string, (argument: string) => Executor>> = {
  identity: () => text(cur),
  upper: () => text((view) => cur(view).toUpperCase()),
  reverse: () => text((view) => Array.from(cur(view)).reverse().join('')),
  append: (end) => text((view) => cur(view) + end),
  prepend: (start) => text((view) => start + cur(view)),
  const: (content) => () => gives(content),
  input: () => text((view) => show(view.inputText)),
  raw_previous: () => text((view) => show(view.flow)),
  concat_previous: () => text((view) => view.allContent),
  last_content: () => text((view) => show(view.flow)),
  step_content: (name) => text((view) => show(view.content(name))),
  step_output_content: (name) => text((view) => show(view.output(name)?.content)),
  previous_names: () => text((view) => [...view.byName.keys()].join(',')),
  additional: (key) => text((view) => show(view.run.additionalData[key])),
  fail: (message) => () => fails(message),
  fail_times: (argument) => {
    const [times, message] = twoOf(argument, ':');
    return ({ view, nth }) =>
      nth <= Number(times) ? fails(message) : gives(`${cur(view)}|ok@${nth}`);
  },
  fail_if_input: (argument) => {
    const [part, message] = twoOf(argument, ':');
    return ({ view }) =>
      (view.inputText ?? '').includes(part) ? fails(message) : gives(cur(view));
  },
  fail_output: (error) => () => ({ content: error, success: false, error }),
  stop: (content) => () => ({ content, stop: true }),
  stop_if:
    (part) =>
    ({ view }) => ({ content: cur(view), stop: cur(view).includes(part) }),
  json: (json) => () => gives(JSON.parse(json) as Json),
  return_null: () => () => gives(null),
  return_raw: (json) => () => gives(JSON.parse(json) as Json),
  state_set: (argument) => {
    const [key, value] = twoOf(argument, '=');
    return text((view) => {
      view.state[key] = value;
      return argument;
    });
  },
  state_inc: (key) => text((view) => increased(view, key)),
  state_push: (argument) => {
    const [key, value] = twoOf(argument, '=');
    return text((view) => {
      const list = view.state[key];
      view.state[key] = Array.isArray(list) ? [...list, value] : [value];
      return cur(view);
    });
  },
  state_inc_then_fail:
    (key) =>
    ({ view }) =>
      fails(increased(view, key)),
  state_get: (key) => text((view) => show(view.state[key])),
  state_keys: () => text((view) => Object.keys(view.state).sort().join(',')),
  state_put: (argument) => {
    const [key, json] = twoOf(argument, '=');
    return text((view) => {
      view.state[key] = JSON.parse(json) as Json;
      return argument;
    });
  },
  state_put_in: (argument) => {
    const [key, inner] = twoOf(argument, '.');
    const [innerKey, value] = twoOf(inner, '=');
    return text((view) => {
      const object = view.state[key];
      view.state[key] = { ...(isObject(object) && object), [innerKey]: value };
      return argument;
    });
  },
  state_delete: (key) =>
    text((view) => {
      Reflect.deleteProperty(view.state, key);
      return cur(view);
    }),
  image: (url) => () => ({ content: `image ${url}`, images: [url] }),
  list_media: () =>
    text(({ media }) => MEDIA.map((kind) => `${kind}=${media[kind].join(',')}`).join(';')),
  history: (n) => text((view) => show(view.history(count(n)).map((run) => [...run]))),
  history_context: (n) => text((view) => show(view.historyContext(count(n)))),
  sleep:
    (ms) =>
    ({ view, timeout }) =>
      timeout !== null && Number(ms) > timeout ? fails('timed out') : gives(cur(view)),
  upper_input: () => text((view) => (view.inputText ?? '').toUpperCase()),
  yield: (parts) => () => gives(parts.replaceAll('|', '')),
  yield_output: (parts) => () => gives(parts.split('|').at(-1)!),
};

function gives(content: Json): Output {
  return { content };
}

function text(of: (view: View) => string): Executor {
  return ({ view }) => gives(of(view));
}

function fails(message: string): never {
  throw new Error(message);
}

function increased(view: View, key: string): string {
  const value = view.state[key];
  const next = (typeof value === 'number' ? value : 0) + 1;
  view.state[key] = next;
  return `${key}=${next}`;
}

function count(n: string): number | undefined {
  return n === '' ? undefined : Number(n);
}
