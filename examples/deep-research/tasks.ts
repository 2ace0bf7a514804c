import type { Run, StepResult, Workflow } from 'outlast';

export type TaskState = 'waiting' | 'running' | 'done' | 'failed';

/** A node of the definition, and how far a run is with it. */
export interface Task {
  readonly name: string;
  /** The names on the way to it, joined by `/`. */
  readonly path: string;
  readonly depth: number;
  readonly parts: readonly Task[];
  state: TaskState;
  /** By this process's clock, `performance.now()`. */
  began: number | null;
  ended: number | null;
  /** What an agent does just now, or why something is tried again. */
  note: string;
}

type Node = Pick<Workflow, 'steps'>['steps'][number];

/** The nodes of a workflow, kept up with one of its runs. */
export class TaskTree {
  readonly #tasks: readonly Task[];
  #seen = performance.now();

  constructor({ steps }: Pick<Workflow, 'steps'>) {
    this.#tasks = tasksOf(steps, '', 0);
  }

  /** From top to bottom, as the definition reads. */
  *all(tasks = this.#tasks): Generator<Task> {
    for (const task of tasks) {
      yield task;
      yield* this.all(task.parts);
    }
  }

  update(run: Run<unknown>): void {
    const now = performance.now();
    this.#keepUp(this.#tasks, run.stepResults, run, now);
    this.#seen = now;
  }

  #keepUp(
    tasks: readonly Task[],
    results: readonly StepResult[],
    run: Run<unknown>,
    now: number,
  ): void {
    for (const task of tasks) {
      const result = results.find(({ name }) => name === task.name);
      this.#keepUp(task.parts, result?.steps ?? [], run, now);
      const state = task.parts.length > 0 ? stateOfAll(task.parts) : stateOf(task, result, run);
      // A step that was over before anybody saw it begin began after the last look.
      if (state !== 'waiting') task.began ??= state === 'running' ? now : this.#seen;
      if (state === 'done' || state === 'failed') task.ended ??= now;
      task.note = noteOf(task, run);
      task.state = state;
    }
  }
}

function tasksOf(nodes: readonly Node[], above: string, depth: number): Task[] {
  return nodes.map((node) => {
    const path = `${above}${node.name}`;
    const parts = 'steps' in node ? tasksOf(node.steps, `${path}/`, depth + 1) : [];
    const { name } = node;
    return { name, path, depth, parts, state: 'waiting', began: null, ended: null, note: '' };
  });
}

function stateOf(task: Task, result: StepResult | undefined, run: Run<unknown>): TaskState {
  if (result !== undefined) return result.success ? 'done' : 'failed';
  // Between two turns of an agent nothing is under way.
  if (task.state === 'running') return 'running';
  return run.activeSteps.some(({ stepPath }) => stepPath === task.path) ? 'running' : 'waiting';
}

function stateOfAll(parts: readonly Task[]): TaskState {
  const has = (state: TaskState): boolean => parts.some((part) => part.state === state);
  if (parts.every(({ state }) => state === 'done')) return 'done';
  if (has('failed') && !has('running')) return 'failed';
  return parts.every(({ state }) => state === 'waiting') ? 'waiting' : 'running';
}

function noteOf(task: Task, run: Run<unknown>): string {
  const active = run.activeSteps.filter(({ stepPath }) => stepPath === task.path);
  return [...new Set(active.map(doing))].filter((note) => note !== '').join(', ');
}

function doing({ turn, tool, attempt, lastFailure }: Run['activeSteps'][number]): string {
  const what = tool ?? (turn === null ? '' : `turn ${turn}`);
  return lastFailure === null ? what : `${what} attempt ${attempt}: ${lastFailure}`.trim();
}
