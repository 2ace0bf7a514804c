import type { PlanNode } from '../plan/plan.js';
import type { Pass, Reference } from '../plan/reference.js';
import type { WalkEvent, WalkEventName } from '../walk/event.js';

/** What a node comes to. A container that fails tells so by the step that failed it alone. */
export type Phase = 'running' | 'done' | 'failed';

export const PHASES: Readonly<Partial<Record<WalkEventName, Phase>>> = {
  StepStarted: 'running',
  StepCompleted: 'done',
  StepError: 'failed',
  StepsExecutionStarted: 'running',
  StepsExecutionCompleted: 'done',
  ParallelExecutionStarted: 'running',
  ParallelExecutionCompleted: 'done',
  ConditionExecutionStarted: 'running',
  ConditionExecutionCompleted: 'done',
  LoopExecutionStarted: 'running',
  LoopIterationStarted: 'running',
  LoopExecutionCompleted: 'done',
  RouterExecutionStarted: 'running',
  RouterExecutionCompleted: 'done',
  ForEachExecutionStarted: 'running',
  ForEachExecutionCompleted: 'done',
};

/** What has no nodes within. */
const LEAVES: ReadonlySet<PlanNode['kind']> = new Set(['step', 'agent', 'workflow'] as const);

/** How far a ForEach is with its items: in counts, for there may be thousands. */
export class Tally {
  #done = 0;
  readonly #failed = new Set<string>();
  readonly #steps = new Map<Reference, Record<Phase, number>>();

  constructor(
    /** The node that is run for each item. */
    readonly each: Reference,
    /** The ForEach's own. */
    readonly pass: Pass,
    readonly itemCount: number,
  ) {}

  update(event: WalkEvent, phase: Phase): void {
    const isItem = event.stepPath === this.each;
    if (isItem && phase === 'done') this.#done += 1;
    if (event.event === 'StepError' && (isItem || !event.skipped))
      this.#failed.add(this.#itemOf(event.pass));
    if (event.event === 'StepStarted') this.#countsOf(event.stepPath).running += 1;
    if (event.event === 'StepCompleted' || event.event === 'StepError') {
      const counts = this.#countsOf(event.stepPath);
      counts.running -= 1;
      counts[phase] += 1;
    }
  }

  /** A node that is done for each item has ended for one, in an earlier execution. */
  ended({ ref, kind }: Pick<PlanNode, 'ref' | 'kind'>, pass: Pass, phase: 'done' | 'failed'): void {
    if (ref === this.each && phase === 'done') this.#done += 1;
    if (ref === this.each && phase === 'failed') this.#failed.add(this.#itemOf(pass));
    if (LEAVES.has(kind)) this.#countsOf(ref)[phase] += 1;
  }

  text(): string {
    if (this.itemCount === 0) return 'skipped';
    const done = `${String(this.#done)} of ${String(this.itemCount)} items done`;
    return this.#failed.size === 0 ? done : `${done}, **${String(this.#failed.size)} failed**`;
  }

  /** Of a step that is done for each item; `null` where it hasn't begun for any. */
  stepText(step: Reference): string | null {
    const counts = this.#steps.get(step);
    if (counts === undefined) return null;
    const { running, done, failed } = counts;
    return [
      ...(running > 0 ? [`${String(running)} running`] : []),
      `${String(done)} done`,
      ...(failed > 0 ? [`**${String(failed)} failed**`] : []),
    ].join(', ');
  }

  #countsOf(step: Reference): Record<Phase, number> {
    const counts = this.#steps.get(step) ?? { running: 0, done: 0, failed: 0 };
    this.#steps.set(step, counts);
    return counts;
  }

  #itemOf(pass: Pass): string {
    const [item = ''] = pass.slice(this.pass === '' ? 0 : this.pass.length + 1).split('.');
    return item;
  }
}
