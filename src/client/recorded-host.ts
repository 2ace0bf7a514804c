import type { CallId } from '../plan/reference.js';
import type { WalkEvent } from '../walk/event.js';
import type { Call, Host, Outcome, Request, TurnRequest } from '../walk/host.js';

/** The host that reads: calls are answered by what a history says of them, when it says so. */
export class RecordedHost implements Host {
  ending = false;
  readonly #calls = new Map<CallId, RecordedCall>();
  #closed = false;

  constructor(
    readonly told: (event: WalkEvent) => void,
    /** Told of each turn that the walk asks for. */
    readonly asked: (request: TurnRequest) => void,
  ) {}

  /** What a walk says because its history is at its end has not happened. */
  emit(event: WalkEvent): void {
    if (!this.#closed) this.told(event);
  }

  call(request: Request): Call {
    if (request.kind === 'turn') this.asked(request);
    const { started, outcome } = this.#call(request.call);
    return { started: started.promise, outcome: outcome.promise };
  }

  /** The call stands in the history. */
  scheduled(call: CallId): void {
    this.#call(call).started.resolve(true);
  }

  settled(call: CallId, outcome: Outcome): void {
    this.#call(call).outcome.resolve(outcome);
  }

  /** The history is at its end: what hasn't begun never will. */
  close(): void {
    this.ending = true;
    this.#closed = true;
    for (const { started, outcome } of this.#calls.values()) {
      started.resolve(false);
      outcome.resolve({ kind: 'cancelled' });
    }
  }

  #call(id: CallId): RecordedCall {
    const known = this.#calls.get(id);
    if (known !== undefined) return known;
    const call = { started: deferred<boolean>(), outcome: deferred<Outcome>() };
    this.#calls.set(id, call);
    return call;
  }
}

interface RecordedCall {
  readonly started: Deferred<boolean>;
  readonly outcome: Deferred<Outcome>;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  /** The first call counts. */
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
