import type { PartialTurn } from '../plan/contract.js';
import { MAX_PARTIAL_TOOLS, PARTIAL_BYTES } from '../plan/limits.js';
import type { ModelDelta } from '../plan/model.js';

/** What is told of a turn while it is taken: which model begins to answer, and each piece of its answer. */
export type Told = ModelDelta | { readonly kind: 'begun'; readonly model: string };

/** What a model has written of a turn, as far as heartbeats tell it. */
export class Draft {
  #model: string | null = null;
  #text = new Tail();
  #reasoning = new Tail();
  #tools: readonly string[] = [];

  /** Whether there is anything to tell. */
  get isEmpty(): boolean {
    return this.#text.length + this.#reasoning.length + this.#tools.length === 0;
  }

  add(told: Told): void {
    switch (told.kind) {
      case 'begun':
        this.#model = told.model;
        this.#text = new Tail();
        this.#reasoning = new Tail();
        this.#tools = [];
        break;
      case 'text':
        this.#text.add(told.text);
        break;
      case 'reasoning':
        this.#reasoning.add(told.text);
        break;
      case 'tool':
        if (this.#tools.length < MAX_PARTIAL_TOOLS) this.#tools = [...this.#tools, told.name];
    }
  }

  partial(attempt: number): PartialTurn {
    return {
      attempt,
      ...(this.#model !== null && { model: this.#model }),
      ...this.#text.end(),
      ...(this.#reasoning.length > 0 && { reasoning: this.#reasoning.end() }),
      ...(this.#tools.length > 0 && { toolCalls: this.#tools }),
    };
  }
}

/** The end of a text that grows. */
class Tail {
  #kept = '';
  #dropped = 0;

  get length(): number {
    return this.#dropped + this.#kept.length;
  }

  add(text: string): void {
    const whole = this.#kept + text;
    // A character takes a byte at least.
    const dropped = Math.max(0, whole.length - PARTIAL_BYTES);
    this.#kept = whole.slice(dropped);
    this.#dropped += dropped;
  }

  end(): { readonly offset: number; readonly text: string } {
    // The other half of a character comes with the next piece, and half of one is no UTF-8.
    const whole = this.#kept.replace(/[\ud800-\udbff]$/, '');
    const bytes = Buffer.from(whole);
    let from = Math.max(0, bytes.length - PARTIAL_BYTES);
    while (isWithinCharacter(bytes[from])) from += 1;
    const text = bytes.toString('utf8', from);
    return { offset: this.#dropped + whole.length - text.length, text };
  }
}

function isWithinCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}
