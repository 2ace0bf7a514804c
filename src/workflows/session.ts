import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  makeContinueAsNewFunc,
  proxyActivities,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { Activities, Memo, Signals } from '../plan/contract.js';
import { jsonBytes } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import { fold, type SessionSignal, type SessionStart, type Turn } from '../plan/session.js';
import { TurnQueue } from './turn-queue.js';

/** Signals after which a session begins anew: whoever reads it reads no more than these. */
const MAX_SIGNALS = 500;

/** Milliseconds between two looks at a run that has the turn while others wait: it may have been ended by force. */
const LOOK_EVERY = 5_000;

/**
 * A session. It takes what is sent to it and begins anew before its history is long; what it holds is read from its
 * history. It also passes on the turn where runs want it one after the other.
 */
export function session(start: SessionStart): Promise<void> {
  // A session is deleted, or goes on: it isn't to be lost by a request to end.
  return CancellationScope.nonCancellable(() => keep(start));
}

async function keep(start: SessionStart): Promise<never> {
  const queue = new TurnQueue(start.queue);
  let { contents } = start;
  let signals = 0;
  setHandler(defineSignal<[SessionSignal]>(Signals.session), (signal) => {
    signals += 1;
    contents = fold(contents, signal);
    queue.take(signal);
  });

  const turns = new Turns(queue);
  let seen = 0;
  let noted = contents;
  const hasNews = (): boolean => signals > seen || turns.isDue;
  for (;;) {
    await condition(hasNews);
    seen = signals;
    if (contents.updatedAt !== noted.updatedAt || contents.name !== noted.name)
      upsertMemo(memoOf(contents));
    noted = contents;
    await turns.pass();

    const isLong = signals >= MAX_SIGNALS || workflowInfo().continueAsNewSuggested;
    const next: SessionStart = { contents, ...(!queue.isEmpty && { queue: queue.snapshot() }) };
    if (isLong && jsonBytes(next) <= MAX_PAYLOAD_BYTES) await beginAnew(next);
  }
}

/** A memo that was changed isn't carried along by itself. */
function beginAnew(next: SessionStart): Promise<never> {
  const memo = { ...workflowInfo().memo, ...memoOf(next.contents) };
  return makeContinueAsNewFunc<typeof session>({ memo })(next);
}

/** What a list of sessions shows. */
function memoOf({ name, updatedAt }: SessionStart['contents']): Record<string, unknown> {
  return { [Memo.updatedAt]: updatedAt, ...(name !== null && { [Memo.name]: name }) };
}

const { [Activities.isTurnOpen]: isTurnOpen } = proxyActivities<{
  [Activities.isTurnOpen](turn: Turn): Promise<boolean>;
}>({ startToCloseTimeout: 10_000, retry: { initialInterval: 1_000, maximumInterval: 30_000 } });

/** Passes the turn on when it is free, and takes it from runs that are no more. */
class Turns {
  /** There is something to do. */
  isDue = true;
  #timer: 'settle' | 'look' | null = null;

  constructor(readonly queue: TurnQueue) {}

  async pass(): Promise<void> {
    const { queue } = this;
    const isLook = this.isDue && this.#timer === null;
    this.isDue = false;
    if (isLook && queue.isContended && queue.holder !== null) {
      const { holder } = queue;
      if (!(await isTurnOpen(holder))) queue.leave(holder.turn);
    }
    for (let next = queue.next(Date.now()); next !== null; next = queue.next(Date.now())) {
      // It has the turn before it hears of it: what it does then, and that it is over, may arrive before this is told.
      queue.give(next);
      if (!(await isTold(next))) queue.leave(next.turn);
    }
    const wait = queue.isContended ? LOOK_EVERY : queue.wait(Date.now());
    if (wait !== null) this.#after(wait, queue.isContended ? 'look' : 'settle');
  }

  /** One timer at a time: a history has two events of each. */
  #after(milliseconds: number, kind: 'settle' | 'look'): void {
    if (this.#timer === kind) return;
    this.#timer = kind;
    void sleep(milliseconds, { summary: kind }).then(() => {
      if (this.#timer !== kind) return;
      this.#timer = null;
      this.isDue = true;
    });
  }
}

/** A run that has ended in the meantime can't be told. */
async function isTold({ runId, turn }: Turn): Promise<boolean> {
  try {
    await getExternalWorkflowHandle(runId).signal(Signals.turn, turn);
    return true;
  } catch {
    return false;
  }
}
