import type { Json } from '../plan/json.js';
import { flowAfter, type StepResult } from '../plan/output.js';
import type { CallId } from '../plan/reference.js';

/**
 * A node's result, and the call that gave it: `null` for a container, whose result follows from its children's, and for a
 * step that failed or was cancelled, whose result no history holds.
 */
export interface Output {
  readonly result: StepResult;
  readonly call: CallId | null;
  readonly children: readonly Output[];
}

/** Outputs in the order in which they ended: a linked list that grows at its end, so that nodes share what all of them see. */
export interface Chain {
  readonly before: Chain | null;
  readonly last: Output;
}

/**
 * Where a content stands that was made to flow in place of the visible outputs' own: it is what flows out of `outputs`,
 * or an item of it.
 */
export interface FlowOrigin {
  readonly outputs: readonly Output[];
  /** Index; `null` for the whole. */
  readonly item: number | null;
}

/**
 * What a node sees: the outputs before it at its level, then those of the levels above, and the content that flows in.
 */
export class Scope {
  private constructor(
    readonly chain: Chain | null,
    /** What flows into the node that sees this. */
    readonly flow: Json,
    /** `null` where the flow is what flows out of the outputs. */
    readonly origin: FlowOrigin | null,
  ) {}

  static readonly empty: Scope = new Scope(null, null, null);

  with(output: Output): Scope {
    const { skipped } = output.result;
    return new Scope(
      { before: this.chain, last: output },
      flowAfter(this.flow, output.result),
      skipped ? this.origin : null,
    );
  }

  /** Sees the same, but something else flows in. */
  flowing(flow: Json, origin: FlowOrigin): Scope {
    return new Scope(this.chain, flow, origin);
  }

  /** The visible outputs in the order in which they ended. */
  outputs(): Output[] {
    const outputs: Output[] = [];
    for (let at = this.chain; at !== null; at = at.before) outputs.push(at.last);
    return outputs.reverse();
  }
}
