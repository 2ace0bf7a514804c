import type { RunEnd } from '../plan/contract.js';
import type { StepResult } from '../plan/output.js';
import type { LoopNode, Plan, PlanNode } from '../plan/plan.js';
import { NO_PASS, passWithin, readable, type Pass, type Reference } from '../plan/reference.js';
import type { WalkEvent } from '../walk/event.js';
import type { Ledger } from '../walk/ledger.js';
import { endedBefore, placesOf } from './ended-before.js';
import { PHASES, Tally, type Phase } from './tally.js';

/** What stands out is what an operator looks for. */
const WORDS: Readonly<Record<Phase, string>> = {
  running: '**running**',
  done: 'done',
  failed: '**failed**',
};

/** Lines that people read, and that cost nothing to write anew at each event. */
const MAX_LINES = 100;

/** The latest that is known of a node. */
interface Known {
  readonly phase: Phase;
  readonly pass: Pass;
  /** Of a condition its answer, of a router the names that it selected. */
  readonly chosen?: boolean | readonly string[];
  /** Of a loop: the iteration that it is at, or how many it had; left out where an earlier execution knows. */
  readonly iteration?: number;
}

/** What goes for the nodes of a list. */
interface Around {
  /** The pass that they are in; `null`: they don't take part in it. */
  readonly pass: Pass | null;
  /** What is said of those of which nothing is known. */
  readonly idle: string;
  /** Set inside a ForEach. */
  readonly tally: Tally | null;
}

/**
 * What the Web UI shows as a run's current details: its plan, with what is done, running, waiting and failed. It is kept by
 * the worker and asked for when somebody looks; history has none of it. What it costs doesn't grow with the run: of a loop
 * the latest iteration is kept, of a ForEach counts.
 */
export class Details {
  readonly #known = new Map<Reference, Known>();
  readonly #tallies = new Map<Reference, Tally>();
  /** The latest run of each step that is a workflow. */
  readonly #runs = new Map<Reference, string>();
  /** Of each node that is in a ForEach the outermost one. */
  readonly #forEachOf = new Map<Reference, Reference>();
  /** Of each outermost ForEach the node that is run for each item. */
  readonly #eachOf = new Map<Reference, Reference>();
  readonly #labels = new Map<Reference, string>();
  #status: RunEnd['status'] | null = null;

  constructor(
    readonly plan: Plan,
    readonly show: (text: string) => void,
  ) {
    this.#locate(plan.steps, null);
  }

  update(event: WalkEvent): void {
    const phase = PHASES[event.event];
    if (phase === undefined) return;
    const { stepPath, pass } = event;
    const forEach = this.#forEachOf.get(stepPath);
    if (forEach !== undefined) this.#tallies.get(forEach)?.update(event, phase);
    else this.#known.set(stepPath, { phase, pass, ...toldBy(event) });
    const each = this.#eachOf.get(stepPath);
    if (event.event === 'ForEachExecutionStarted' && each !== undefined) {
      // Another execution may have begun it.
      if (this.#tallies.get(stepPath)?.pass !== pass)
        this.#tallies.set(stepPath, new Tally(each, pass, event.itemCount));
    }
    if (event.event === 'StepError' && !event.skipped) this.#failAround(stepPath);
    this.show(this.#text());
  }

  /** What earlier executions of the run have come to, of which they have told nothing here. */
  resume(ledger: Ledger): void {
    const placed = placesOf(this.plan);
    for (const [place, { count }] of ledger.items) {
      const open = placed(place);
      const ref = open?.node?.ref;
      const each = ref === undefined ? undefined : this.#eachOf.get(ref);
      if (open !== null && ref !== undefined && each !== undefined)
        this.#tallies.set(ref, new Tally(each, open.pass, count));
    }
    for (const { node, result, pass } of endedBefore(this.plan, ledger)) {
      const phase = result.error === null ? 'done' : 'failed';
      const each = this.#eachOf.get(node.ref);
      if (each !== undefined)
        this.#tallies.set(node.ref, new Tally(each, pass, result.steps.length));
      const forEach = this.#forEachOf.get(node.ref);
      if (forEach !== undefined) this.#tallies.get(forEach)?.ended(node, pass, phase);
      else this.#known.set(node.ref, { phase, pass, ...chosenIn(node, result) });
    }
    this.show(this.#text());
  }

  /** A step that is a workflow has begun its run. */
  nested(step: Reference, runId: string): void {
    this.#runs.set(step, runId);
    this.show(this.#text());
  }

  end({ status }: RunEnd): void {
    this.#status = status;
    this.show(this.#text());
  }

  /** A container that fails has no event of its own: the step that failed it is within it. */
  #failAround(step: Reference): void {
    for (const [container, known] of this.#known)
      if (step.startsWith(`${container}/`))
        this.#known.set(container, { ...known, phase: 'failed' });
  }

  #locate(nodes: readonly PlanNode[], forEach: Reference | null): void {
    for (const node of nodes) {
      if (forEach !== null) this.#forEachOf.set(node.ref, forEach);
      if (!('steps' in node)) continue;
      const begins = forEach === null && node.kind === 'forEach';
      if (begins) this.#eachOf.set(node.ref, node.steps[0].ref);
      this.#locate(node.steps, begins ? node.ref : forEach);
    }
  }

  #text(): string {
    const lines: string[] = this.#status === null ? [] : [`**The run is ${this.#status}.**\n`];
    const idle = this.#status === null ? 'waiting' : 'not started';
    for (const line of this.#lines(this.plan.steps, { pass: NO_PASS, idle, tally: null })) {
      if (lines.length > MAX_LINES) return [...lines, '\n…'].join('\n');
      lines.push(line);
    }
    return lines.join('\n');
  }

  /** A line a node that has something to tell, by the names on the way to it: the Web UI shows no lists within lists. */
  *#lines(nodes: readonly PlanNode[], around: Around): Generator<string> {
    for (const node of nodes) {
      const known = this.#knownOf(node, around);
      const told = this.#told(node, known, around);
      if (told !== null) yield `- ${this.#labelOf(node)}: ${told}`;
      if (!('steps' in node)) continue;
      for (const [index, child] of node.steps.entries()) {
        // Of a step's items the ForEach itself tells all.
        if (node.kind === 'forEach' && !('steps' in child)) continue;
        yield* this.#lines([child], this.#within(node, index, known, around));
      }
    }
  }

  /** What is known of a node in the pass that its list is in. */
  #knownOf({ ref }: PlanNode, { pass }: Around): Known | null {
    const known = this.#known.get(ref);
    if (known === undefined || pass === null) return null;
    const isOfPass = pass === NO_PASS || known.pass === pass || known.pass.startsWith(`${pass}.`);
    return isOfPass ? known : null;
  }

  /** `null`: nothing, for its children tell it. */
  #told(node: PlanNode, known: Known | null, { idle, tally }: Around): string | null {
    if (tally !== null) return 'steps' in node ? null : (tally.stepText(node.ref) ?? idle);
    switch (node.kind) {
      case 'step':
      case 'agent':
        return known === null ? idle : this.#word(known);
      case 'workflow': {
        const runId = this.#runs.get(node.ref);
        if (known === null) return idle;
        return this.#word(known) + (runId === undefined ? '' : `, run ${plain(runId)}`);
      }
      case 'loop':
        return known === null ? idle : this.#iterations(node, known);
      case 'forEach':
        return known === null ? idle : (this.#tallies.get(node.ref)?.text() ?? idle);
      case 'steps':
      case 'parallel':
      case 'condition':
      case 'router':
        return null;
    }
  }

  #word({ phase }: Known): string {
    return this.#status !== null && phase === 'running' ? 'not finished' : WORDS[phase];
  }

  #iterations({ maxIterations }: LoopNode, known: Known): string {
    const { phase, iteration } = known;
    // It ended in an earlier execution.
    if (iteration === undefined) return this.#word(known);
    if (phase !== 'done')
      return `${this.#word(known)}, iteration ${String(iteration)} of at most ${String(maxIterations)}`;
    if (iteration === 0) return 'skipped';
    return `done after ${String(iteration)} ${iteration === 1 ? 'iteration' : 'iterations'}`;
  }

  /** What goes for a child of a node. */
  #within(node: PlanNode, index: number, known: Known | null, around: Around): Around {
    if (known === null || around.tally !== null) return around;
    const skipped = { ...around, idle: 'skipped' };
    const here = { ...around, idle: this.#idleWithin(node, known, around) };
    switch (node.kind) {
      case 'loop': {
        const { pass, iteration } = known;
        return { ...here, pass: iteration === undefined ? pass : passWithin(pass, iteration) };
      }
      case 'condition':
        return index < node.otherwise === known.chosen ? here : { ...skipped, pass: null };
      case 'router': {
        const { name = '' } = node.steps[index] ?? {};
        const isChosen = Array.isArray(known.chosen) && known.chosen.includes(name);
        return isChosen ? here : { ...skipped, pass: null };
      }
      case 'forEach':
        return { ...here, tally: this.#tallies.get(node.ref) ?? null };
      default:
        return here;
    }
  }

  /** What is said of a node's children that haven't begun. The branches of what has failed still do. */
  #idleWithin({ kind }: PlanNode, { phase }: Known, { idle }: Around): string {
    if (phase === 'done') return 'skipped';
    const settles = kind === 'parallel' || kind === 'forEach';
    return phase === 'failed' && !settles ? 'not started' : idle;
  }

  #labelOf(node: PlanNode): string {
    const made = this.#labels.get(node.ref);
    if (made !== undefined) return made;
    const by = node.kind === 'agent' && node.agent !== node.name ? ` (${node.agent})` : '';
    const label = plain(readable(node.ref) + by);
    this.#labels.set(node.ref, label);
    return label;
  }
}

function toldBy(event: WalkEvent): Pick<Known, 'chosen' | 'iteration'> {
  switch (event.event) {
    case 'ConditionExecutionStarted':
    case 'ConditionExecutionCompleted':
      return { chosen: event.conditionResult };
    case 'RouterExecutionStarted':
    case 'RouterExecutionCompleted':
      return { chosen: event.selectedSteps };
    case 'LoopIterationStarted':
      return { iteration: event.iteration };
    case 'LoopExecutionCompleted':
      return { iteration: event.totalIterations };
    default:
      return {};
  }
}

/** What a condition was answered, or which nodes a router selected, by what there is of them. */
function chosenIn(node: PlanNode, { steps }: StepResult): Pick<Known, 'chosen'> {
  const names = steps.map(({ name }) => name);
  if (node.kind === 'router') return { chosen: names };
  if (node.kind !== 'condition') return {};
  const first = node.steps.slice(0, node.otherwise);
  return { chosen: first.some(({ name }) => names.includes(name)) };
}

/** A name as itself, whatever Markdown would make of it. */
function plain(name: string): string {
  return name.replace(/[\\`*_[\]<>#|~]/g, '\\$&');
}
