import type { CallResult, RunStart, SomeMedia, StepCall } from '../plan/contract.js';
import type { Json, JsonObject } from '../plan/json.js';
import { mediaOf, NO_MEDIA, type MediaLists, type StepResult } from '../plan/output.js';
import type { CallId } from '../plan/reference.js';
import type { Conversation } from './conversation.js';

/** What a call saw, with every reference resolved. Shared between calls, hence never changed. */
export interface Seen {
  readonly outputs: OutputList | null;
  readonly flow: Json;
  readonly state: JsonObject;
  /** Of an agent's turn: what its model is sent; `null` elsewhere. */
  readonly conversation: Conversation | null;
  /** Of an agent's turn: the names of the tools that its plan has. */
  readonly tools: readonly string[];
  /** Of an agent's turn: what its first turn was given; `null` elsewhere. */
  readonly first: StepCall | null;
  /** Of an agent's turn: what its instructions' function gave; `null` where it hasn't been asked. */
  readonly instructions: string | null;
}

/** Outputs in the order in which they ended, the latest at hand: a list that grows without copying. */
export interface OutputList {
  readonly before: OutputList | null;
  readonly last: StepResult;
}

/** From the first to the last. */
export function inOrder(list: OutputList | null): OutputList['last'][] {
  const outputs: OutputList['last'][] = [];
  for (let at = list; at !== null; at = at.before) outputs.push(at.last);
  return outputs.reverse();
}

/** The run's own media, then those of the outputs. */
export function mediaSeen(own: SomeMedia, outputs: OutputList | null): MediaLists {
  return mediaOf([{ ...NO_MEDIA, ...own }, ...inOrder(outputs)]);
}

/** What this process knows of one run: results and calls that its activities gave, were given, or read. */
export class RunMemory {
  readonly results: Map<CallId, CallResult> = new Map();
  readonly seen: Map<CallId, Seen> = new Map();
  start: RunStart | null = null;
  /** A read of the run's history under way: who needs it as well waits for it. */
  reading: Promise<void> | null = null;
  bytes = 0;
}

/**
 * The runs of which this process knows something, the least recently used forgotten first. Forgetting costs a read of
 * the history, nothing else.
 */
export class RunMemories {
  readonly #runs = new Map<string, RunMemory>();
  #bytes = 0;

  constructor(readonly maxBytes: number = 128 * 1024 * 1024) {}

  of(firstRun: string): RunMemory {
    const memory = this.#runs.get(firstRun) ?? new RunMemory();
    this.#runs.delete(firstRun);
    this.#runs.set(firstRun, memory);
    return memory;
  }

  /** Counts what was remembered for a run, and forgets others where it is too much. */
  grew(firstRun: string, bytes: number): void {
    this.of(firstRun).bytes += bytes;
    this.#bytes += bytes;
    for (const [id, memory] of this.#runs) {
      if (this.#bytes <= this.maxBytes || id === firstRun) break;
      this.#runs.delete(id);
      this.#bytes -= memory.bytes;
    }
  }
}
