import { workflowInfo } from '@temporalio/workflow';
import { SEGMENT_BYTES, SEGMENT_EVENTS } from '../plan/limits.js';
import type { Request } from '../walk/host.js';

/**
 * One Temporal execution of a run. When its history is long it lets nothing more begin; once nothing is under way the run
 * goes on in another execution: what is under way there would be lost.
 */
export class Segment {
  #isClosing = false;
  #underWay = 0;
  #held = 0;

  /** @param events After which it closes. */
  constructor(readonly events: number = SEGMENT_EVENTS) {}

  /** Nothing is under way any more, and something waits for the next execution. */
  get isOver(): boolean {
    return this.#isClosing && this.#underWay === 0 && this.#held > 0;
  }

  /** Whether a call is left to the next execution. What a turn asks for isn't: with it that is one thing. */
  holds(request: Request): boolean {
    this.#isClosing ||= this.#isLong();
    const isOfTurn = request.kind === 'tool' || (request.kind === 'turn' && request.task !== null);
    const isHeld = this.#isClosing && !isOfTurn;
    if (isHeld) this.#held += 1;
    return isHeld;
  }

  began(): void {
    this.#underWay += 1;
  }

  ended(): void {
    this.#underWay -= 1;
  }

  #isLong(): boolean {
    const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
    return continueAsNewSuggested || historyLength >= this.events || historySize >= SEGMENT_BYTES;
  }
}
