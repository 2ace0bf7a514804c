import { containerResult, type NodeType, type StepResult } from '../plan/output.js';
import type { PlanNode } from '../plan/plan.js';
import type { CallId } from '../plan/reference.js';
import { failedResult } from '../plan/result.js';
import type { Output } from './scope.js';

const TYPES = {
  step: 'Step',
  agent: 'Step',
  workflow: 'Step',
  steps: 'Steps',
  parallel: 'Parallel',
  condition: 'Condition',
  loop: 'Loop',
  router: 'Router',
  forEach: 'ForEach',
} as const satisfies Record<PlanNode['kind'], NodeType>;

/** What a run has come to at any moment: a tree beside the plan's, filled in as nodes begin and end. */
export class Progress {
  readonly #children = new Map<number, Progress>();
  #call: CallId | null = null;
  #output: Output | null = null;

  constructor(readonly node: PlanNode | null) {}

  child(index: number, node: PlanNode): Progress {
    const child = new Progress(node);
    this.#children.set(index, child);
    return child;
  }

  start(call: CallId): void {
    this.#call = call;
  }

  finish(result: StepResult, call: CallId | null, children: readonly Output[] = []): Output {
    this.#output = { result, call, children };
    return this.#output;
  }

  /**
   * The children's results, in the order of the definition. A container under way stands with those of its children
   * that have ended; a step under way only where `unfinished` says what its error is.
   */
  results(unfinished?: string): StepResult[] {
    const inOrder = [...this.#children].sort(([one], [other]) => one - other);
    return inOrder.flatMap(([, child]) => child.#result(unfinished) ?? []);
  }

  #result(unfinished: string | undefined): StepResult | null {
    if (this.#output !== null || this.node === null) return this.#output?.result ?? null;
    const type = TYPES[this.node.kind];
    if (type === 'Step') {
      return this.#call === null || unfinished === undefined
        ? null
        : failedResult(this.node.name, unfinished, false);
    }
    const results = this.results(unfinished);
    return results.length === 0
      ? null
      : containerResult(this.node.name, type, results, unfinished ?? 'unfinished');
  }
}
