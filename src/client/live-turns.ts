import type { HeartbeatDetails, PartialTurn } from '../plan/contract.js';
import { isLeader } from '../plan/plan.js';
import { lastName, type CallId } from '../plan/reference.js';
import type { Outcome, TurnRequest } from '../walk/host.js';
import type { ContentFacts } from './event-log.js';

/** What the server knows of a turn under way, and since when. */
export interface HeardTurn extends Required<Pick<HeartbeatDetails, 'partial'>> {
  readonly at: Date;
}

/** How a turn ended: after which of the run's events, when, and by which attempt. */
export interface TurnEnd {
  readonly position: number;
  readonly at: Date;
  readonly attempt: number | null;
}

/** A turn under way, or one that ended and that a reader hasn't been told to its end. */
export interface LiveTurn {
  readonly request: TurnRequest;
  /** It was under way when the first reader came. */
  isLate: boolean;
  draft: TurnDraft | null;
  /** When that was last known. */
  at: Date;
  /** How many events of the run came before its end; `null` while it is under way. */
  end: number | null;
}

/** What one attempt has written of a turn with one model. What is given of it is never taken back: another one takes its place. */
export interface TurnDraft {
  readonly attempt: number;
  readonly model: string | null;
  /** Where `text` begins: beyond 0 for who came late. */
  readonly start: number;
  text: string;
  /** What of its thoughts was heard. */
  thought: string;
  /** Where they have got to: more than was heard, if some of it was missed. */
  thoughtEnd: number;
  tools: readonly string[];
}

/**
 * What models write while somebody reads a run. It comes from heartbeats, which have the end of it, and from what turns give: so
 * that whoever is there from a turn's beginning has its text without a gap, and to the end.
 */
export class LiveTurns {
  readonly #open = new Map<CallId, LiveTurn>();
  readonly #readers = new Set<TurnReader>();
  #isLive = false;

  /** What is read from here on has happened since somebody came. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** The turns under way. */
  get open(): ReadonlySet<CallId> {
    return new Set(this.#isLive ? this.#open.keys() : []);
  }

  goLive(): void {
    if (this.#isLive) return;
    this.#isLive = true;
    for (const turn of this.#open.values()) turn.isLate = true;
  }

  /** Somebody who is to be told. */
  reader(from: number): TurnReader {
    const reader = new TurnReader(from, this.#open.values(), () => this.#readers.delete(reader));
    this.#readers.add(reader);
    return reader;
  }

  asked(request: TurnRequest): void {
    const turn = { request, isLate: false, draft: null, at: new Date(0), end: null };
    this.#open.set(request.call, turn);
    for (const reader of this.#readers) reader.pending.add(turn);
  }

  ended(call: CallId, outcome: Outcome, { position, at, attempt }: TurnEnd): void {
    const turn = this.#open.get(call);
    if (turn === undefined) return;
    this.#open.delete(call);
    turn.end = position;
    turn.at = at;
    if (this.#isLive && outcome.kind === 'result') {
      const { content, model = null } = outcome.result;
      // Of an answer that a schema has made something else of, what was heard is all that there is.
      if (typeof content === 'string') finish(turn, content, attempt, model);
    }
    if (!this.#isLive || turn.draft === null)
      for (const reader of this.#readers) reader.pending.delete(turn);
  }

  /** The run is over: what is under way has no end. */
  close(): void {
    for (const turn of this.#open.values())
      for (const reader of this.#readers) reader.pending.delete(turn);
    this.#open.clear();
  }

  /** Whether any of it is new. */
  hear(heard: ReadonlyMap<CallId, HeardTurn>): boolean {
    let isNew = false;
    for (const [call, { partial, at }] of heard) {
      const turn = this.#open.get(call);
      if (turn === undefined || !extend(turn, partial)) continue;
      turn.at = at;
      isNew = true;
    }
    return isNew;
  }
}

/** How far a reader has been told of the turns. */
export class TurnReader {
  readonly pending: Set<LiveTurn>;
  readonly #told = new WeakMap<TurnDraft, { text: number; thought: number; tools: number }>();

  constructor(
    readonly from: number,
    open: Iterable<LiveTurn>,
    readonly leave: () => void,
  ) {
    this.pending = new Set(open);
  }

  /**
   * What is to be told before the event with that offset; `null` for nothing.
   *
   * @param isLast There is no such event yet: now is the time for what is under way.
   */
  next(offset: number, isLast: boolean): ContentFacts | null {
    for (const turn of this.pending) {
      if (turn.end === null ? !isLast : turn.end > offset) continue;
      if (turn.end !== null) this.pending.delete(turn);
      const isSkipped = turn.end !== null && turn.end < this.from;
      const facts = isSkipped ? null : this.#lacking(turn);
      if (facts !== null) return facts;
    }
    return null;
  }

  #lacking({ request, draft, at }: LiveTurn): ContentFacts | null {
    if (draft === null) return null;
    const told = this.#told.get(draft) ?? { text: 0, thought: 0, tools: 0 };
    const content = draft.text.slice(told.text);
    const reasoning = draft.thought.slice(told.thought);
    const tools = draft.tools.slice(told.tools);
    if (content === '' && reasoning === '' && tools.length === 0) return null;
    const { text, thought } = draft;
    this.#told.set(draft, {
      ...{ text: text.length, thought: thought.length, tools: draft.tools.length },
    });
    const { node, turn, around } = request;
    return {
      event: isLeader(node) ? 'TeamRunContent' : 'RunContent',
      ...{ stepName: lastName(node.ref), stepPath: node.ref, pass: around },
      ...{ agent: node.agent, turn, attempt: draft.attempt, model: draft.model },
      ...{ position: draft.start + told.text, content, reasoning, tools, at },
    };
  }
}

/** Whether there is anything new in what a heartbeat says. */
function extend(turn: LiveTurn, partial: PartialTurn): boolean {
  const { attempt, model = null, offset, text, reasoning, toolCalls = [] } = partial;
  const before = turn.draft;
  if (before !== null && before.attempt > attempt) return false;
  const goesOn = before !== null && continues(before, partial);
  const draft = goesOn ? before : begun(attempt, model, turn.isLate ? offset : 0);
  turn.draft = draft;
  turn.isLate = false;
  const end = draft.start + draft.text.length;
  // What was missed in between comes with the turn's end.
  const more = offset > end ? '' : text.slice(end - offset);
  const thoughts = reasoning?.text.slice(Math.max(0, draft.thoughtEnd - reasoning.offset)) ?? '';
  const tools = toolCalls.length > draft.tools.length ? toolCalls : draft.tools;
  const isNew = more !== '' || thoughts !== '' || tools !== draft.tools;
  draft.text += more;
  draft.thought += thoughts;
  draft.thoughtEnd = Math.max(
    draft.thoughtEnd,
    reasoning === undefined ? 0 : reasoning.offset + reasoning.text.length,
  );
  draft.tools = tools;
  return isNew;
}

function begun(attempt: number, model: string | null, start: number): TurnDraft {
  return { attempt, model, start, text: '', thought: '', thoughtEnd: 0, tools: [] };
}

/** Whether it is the same answer, further on. A fallback may ask two models that have one name. */
function continues({ attempt, model, start, text }: TurnDraft, partial: PartialTurn): boolean {
  if (attempt !== partial.attempt || model !== (partial.model ?? null)) return false;
  const end = start + text.length;
  const from = Math.max(start, partial.offset);
  if (partial.offset + partial.text.length < end) return false;
  return (
    from >= end ||
    text.slice(from - start) === partial.text.slice(from - partial.offset, end - partial.offset)
  );
}

/** The text that a turn gave takes up where what was heard of it ends, or it is all of it. */
function finish(
  turn: LiveTurn,
  content: string,
  attempt: number | null,
  model: string | null,
): void {
  const heard = turn.draft;
  const isSame =
    heard !== null && (attempt === null || heard.attempt === attempt) && heard.model === model;
  if (!isSame) {
    turn.draft = { ...begun(attempt ?? 1, model, 0), text: content };
  } else if (content.startsWith(heard.text, heard.start)) {
    heard.text = content.slice(heard.start);
  }
}
