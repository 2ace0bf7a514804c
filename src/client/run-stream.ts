import type { Json } from '../plan/json.js';
import type { RunEvent } from './events.js';
import { Options } from './options.js';
import type { FinishedRun } from './run.js';
import type { RunOptions } from './start-run.js';

/** How a run's events are read. */
export interface StreamOptions {
  /** The first event that is given, by its `offset`. @default 0 */
  readonly from?: number;
  /** Ends the reading, not the run, with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * The events of a run, in their order and to the last: those that have happened at once, each further one when it
 * happens. A failed run ends it with WorkflowError; it throws only where the events can't be read, or the run couldn't
 * be started. Whoever leaves it, by `break` say, leaves the run alone. It may be read several times, also at once.
 */
export interface RunStream<Output = Json> extends AsyncIterable<RunEvent<Output>> {
  /** Known once the run is started, or was found. */
  readonly runId: Promise<string>;
  /** Waits until the run is finished, whatever its status is then. It needs no reader of the events. */
  result(): Promise<FinishedRun<Output>>;
  /** A reader of its own. */
  [Symbol.asyncIterator](): RunEvents<Output>;
}

/** One reader of a stream. */
export interface RunEvents<Output = Json> extends AsyncIterableIterator<
  RunEvent<Output>,
  undefined
> {
  /** Ends the reading, also where the next event is still waited for. */
  return(): Promise<IteratorReturnResult<undefined>>;
  /** Itself. */
  [Symbol.asyncIterator](): RunEvents<Output>;
}

/** What a stream is of. */
export interface StreamSource<Output> {
  readonly runId: string;
  read(): RunEvents<Output>;
  result(): Promise<FinishedRun<Output>>;
}

/** A stream of a run that is still being started, or looked for. */
export function streamOf<Output>(opening: Promise<StreamSource<Output>>): RunStream<Output> {
  const runId = opening.then((source) => source.runId);
  // Whoever reads the events is told as well.
  runId.catch(() => undefined);
  return {
    runId,
    result: async () => (await opening).result(),
    [Symbol.asyncIterator]: () => opened(opening),
  };
}

/** The stream of a client that isn't connected yet. */
export function later<Output>(stream: Promise<RunStream<Output>>): RunStream<Output> {
  return streamOf(
    stream.then(async (opened) => ({
      runId: await opened.runId,
      read: () => opened[Symbol.asyncIterator](),
      result: () => opened.result(),
    })),
  );
}

/** Nothing is read before the first event is asked for. */
function opened<Output>(opening: Promise<StreamSource<Output>>): RunEvents<Output> {
  let reading: Promise<RunEvents<Output>> | null = null;
  let hasLeft = false;
  return {
    async next() {
      if (hasLeft) return OVER;
      reading ??= opening.then((source) => source.read());
      return (await reading).next();
    },
    async return() {
      hasLeft = true;
      const events = await reading?.catch(() => null);
      return events?.return() ?? OVER;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** A reader of events that end with the signal that they are given, which is left as soon as it is to return. */
export function readerOf<Output>(
  read: (signal: AbortSignal) => AsyncGenerator<RunEvent<Output>, undefined>,
  signal: AbortSignal | undefined,
): RunEvents<Output> {
  const left = new AbortController();
  const events = read(signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]));
  return {
    async next() {
      try {
        return await events.next();
      } catch (error) {
        if (left.signal.aborted) return OVER;
        throw error;
      }
    },
    async return() {
      left.abort();
      await events.return(undefined);
      return OVER;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** What a stream's options come to. @throws OptionError */
export function streamingOf(
  runId: unknown,
  options: StreamOptions,
): { readonly runId: string; readonly from: number; readonly signal: AbortSignal | undefined } {
  const check = new Options('streamRun');
  check.known(options, ['from', 'signal', 'workflow']);
  const { from = 0, signal } = options;
  return {
    runId: check.text('runId', runId ?? null) ?? '',
    from: check.integer('from', from, 0),
    signal,
  };
}

/** @throws OptionError */
export function isStreamed(workflowName: string, options: RunOptions): boolean {
  if (options.stream !== true) return false;
  if (options.background === true) {
    const check = new Options(`${workflowName}: run`);
    check.fail('stream', 'be left out beside `background`', options.stream);
  }
  return true;
}
