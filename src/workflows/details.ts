import { setCurrentDetails } from '@temporalio/workflow';
import type { RunEnd } from '../plan/contract.js';
import type { Plan, PlanNode } from '../plan/plan.js';
import { readable } from '../plan/reference.js';
import type { WalkEvent, WalkEventName } from '../walk/event.js';

type State = 'waiting' | 'running' | 'done' | 'failed';

/** What stands out is what an operator looks for. */
const WORDS: Readonly<Record<State, string>> = {
  waiting: 'waiting',
  running: '**running**',
  done: 'done',
  failed: '**failed**',
};

/** What steps come to; containers have no lines of their own. */
const AFTER: Readonly<Partial<Record<WalkEventName, State>>> = {
  StepStarted: 'running',
  StepCompleted: 'done',
  StepError: 'failed',
};

/** Lines that people read, and that cost nothing to write anew at each event. */
const MAX_LINES = 100;

/**
 * What the Web UI shows as a run's current details: its plan, with what is done, running, waiting and failed. It is kept by
 * the worker and asked for when somebody looks; history has none of it.
 */
export class Details {
  readonly #states = new Map<string, State>();

  constructor(readonly plan: Plan) {}

  update({ event, stepPath }: WalkEvent): void {
    const state = AFTER[event];
    if (state === undefined) return;
    this.#states.set(stepPath, state);
    setCurrentDetails(this.#text(null));
  }

  end({ status }: RunEnd): void {
    setCurrentDetails(this.#text(status));
  }

  #text(status: RunEnd['status'] | null): string {
    const lines: string[] = status === null ? [] : [`**The run is ${status}.**\n`];
    for (const line of this.#lines(this.plan.steps, status !== null)) {
      if (lines.length > MAX_LINES) return [...lines, '\n…'].join('\n');
      lines.push(line);
    }
    return lines.join('\n');
  }

  /** A line a step, by the names on the way to it: the Web UI shows no lists within lists. */
  *#lines(nodes: readonly PlanNode[], hasEnded: boolean): Generator<string> {
    for (const node of nodes) {
      if ('steps' in node) {
        yield* this.#lines(node.steps, hasEnded);
        continue;
      }
      const { ref, name } = node;
      const by = node.kind === 'agent' && node.agent !== name ? ` (${node.agent})` : '';
      const state = this.#states.get(ref) ?? 'waiting';
      const word = hasEnded && state === 'running' ? 'not finished' : WORDS[state];
      yield `- ${plain(readable(ref) + by)}: ${word}`;
    }
  }
}

/** A name as itself, whatever Markdown would make of it. */
function plain(name: string): string {
  return name.replace(/[\\`*_[\]<>#|~]/g, '\\$&');
}
