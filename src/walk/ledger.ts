import type { Json } from '../plan/json.js';
import { NO_METRICS, plus, type Metrics } from '../plan/metrics.js';
import type { CallId } from '../plan/reference.js';
import type { NodeEnd } from './node.js';
import type { ToolEnd } from './host.js';
import type { Output } from './scope.js';
import type { State } from './state.js';

/** A container within its loops, by the id that a call of it has; `''` for the whole. */
export type Place = CallId | '';

/**
 * What a walk has come to in the containers that are open: from it another walk of the same plan goes on. What closes is
 * struck out, so it grows with what is open, not with the run.
 */
export class Ledger {
  /** Lists of children, of which some have ended. */
  readonly sequences: Map<Place, SequenceRecord> = new Map();
  /** Children side by side. */
  readonly branches: Map<Place, BranchesRecord> = new Map();
  readonly loops: Map<Place, LoopRecord> = new Map();
  /** What conditions and routers were answered. */
  readonly answers: Map<Place, Json> = new Map();
  /** The items of ForEach nodes. */
  readonly items: Map<Place, ItemsRecord> = new Map();
  /** Agents between two turns. */
  readonly turns: Map<Place, TurnRecord> = new Map();
  #ended: Metrics;

  /** @param ended What the agents took whose steps have ended. @default nothing */
  constructor(ended: Metrics = NO_METRICS) {
    this.#ended = ended;
  }

  get ended(): Metrics {
    return this.#ended;
  }

  /** What all agents took so far, those under way up to their last turn with its tools. */
  get metrics(): Metrics {
    return [...this.turns.values()].reduce((sum, { metrics }) => plus(sum, metrics), this.#ended);
  }

  /** An agent's step has ended. */
  took(place: Place, metrics: Metrics): void {
    this.turns.delete(place);
    this.#ended = plus(this.#ended, metrics);
  }

  /** Strikes out what is closed. */
  close(place: Place): void {
    this.sequences.delete(place);
    this.branches.delete(place);
    this.loops.delete(place);
    this.answers.delete(place);
    this.items.delete(place);
    this.turns.delete(place);
  }
}

export interface SequenceRecord {
  readonly outputs: readonly Output[];
  readonly state: State;
}

export interface BranchesRecord {
  /** What they began with. */
  readonly base: State;
  /** By their index; holes for those that are open. */
  readonly ends: readonly (NodeEnd | undefined)[];
}

export interface LoopRecord {
  /** Iterations that have ended. */
  readonly iterations: number;
  readonly outputs: readonly Output[];
  readonly visible: readonly Output[];
  readonly state: State;
}

export interface ItemsRecord {
  readonly count: number;
  /** The output whose content the items are. */
  readonly origin: readonly Output[];
}

export interface TurnRecord {
  readonly state: State;
  /** The turn that has ended. */
  readonly turn: number;
  readonly outcomes: readonly ToolEnd[];
  /** Answers in a row that the agent's schema refused. */
  readonly refused: number;
  /** Tools that it has asked for, where their number is limited. */
  readonly asked: number;
  /** What it took so far. */
  readonly metrics: Metrics;
}
