import { styleText } from 'node:util';
import type { Run, Workflow } from 'outlast';
import { TaskTree, type Task, type TaskState } from './tasks.js';

/** Shows how a run gets on, from start to `end`. */
export interface Progress {
  update(run: Run<unknown>): void;
  end(): void;
}

/** On a terminal a task list that is drawn in place, elsewhere a line when a step begins and when it ends. */
export function showProgress(
  workflow: Pick<Workflow, 'steps'>,
  out: NodeJS.WriteStream = process.stdout,
): Progress {
  const tasks = new TaskTree(workflow);
  const drawable = out.isTTY && process.env['TERM'] !== 'dumb';
  return drawable ? new TaskList(tasks, out) : new Lines(tasks, out);
}

class Lines implements Progress {
  readonly #told = new Map<Task, TaskState>();
  readonly #noted = new Map<Task, string>();

  constructor(
    readonly tasks: TaskTree,
    readonly out: NodeJS.WritableStream,
  ) {}

  update(run: Run<unknown>): void {
    this.tasks.update(run);
    for (const task of this.tasks.all()) {
      if (task.parts.length > 0) continue;
      this.#note(task);
      if (task.state === (this.#told.get(task) ?? 'waiting')) continue;
      this.#told.set(task, task.state);
      const took = task.state === 'running' ? '' : `  ${seconds(task)}`;
      this.out.write(`  ${task.state.padEnd(7)}  ${task.path}${took}\n`);
    }
  }

  #note(task: Task): void {
    if (task.note === '' || task.note === this.#noted.get(task)) return;
    this.#noted.set(task, task.note);
    this.out.write(`  ${'running'.padEnd(7)}  ${task.path}: ${task.note}\n`);
    // That it runs is said.
    this.#told.set(task, 'running');
  }

  end(): void {
    // Each line was told when it happened.
  }
}

class TaskList implements Progress {
  #drawn = 0;
  #frame = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly tasks: TaskTree,
    readonly out: NodeJS.WriteStream,
  ) {
    out.write(HIDE_CURSOR);
    process.once('exit', this.#showCursor);
    this.#timer = setInterval(() => {
      this.#frame++;
      this.#draw();
    }, FRAME_MS);
    this.#draw();
  }

  update(run: Run<unknown>): void {
    this.tasks.update(run);
    this.#draw();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#draw();
    // After Ctrl-C the terminal has written `^C` where the cursor is now.
    this.out.write(TO_END_OF_LINE);
    this.#showCursor();
    process.off('exit', this.#showCursor);
  }

  readonly #showCursor = (): void => {
    this.out.write(SHOW_CURSOR);
  };

  #draw(): void {
    const lines = [...this.tasks.all()].map((task) => `${this.#line(task)}${TO_END_OF_LINE}\n`);
    const back = this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A`;
    this.out.write(back + lines.join(''));
    this.#drawn = lines.length;
  }

  #line(task: Task): string {
    const [color, mark] = MARKS[task.state];
    const sign = mark === '' ? SPINNER.charAt(this.#frame % SPINNER.length) : mark;
    const name = `${'  '.repeat(task.depth)}${paint(color, sign)} ${task.name}`;
    const told = task.note === '' ? seconds(task) : `${seconds(task)}  ${task.note}`;
    const room = this.out.columns - NAMES_WIDTH - 3;
    const gap = ' '.repeat(Math.max(2, NAMES_WIDTH - 2 * task.depth - task.name.length));
    return task.state === 'waiting' ? `  ${name}` : `  ${name}${gap}${told.slice(0, room)}`;
  }
}

const FRAME_MS = 80;
const NAMES_WIDTH = 24;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const TO_END_OF_LINE = '\x1b[K';

type Color = Parameters<typeof styleText>[0];

/** Without a mark it is the spinner's turn. */
const MARKS: Readonly<Record<TaskState, readonly [Color, string]>> = {
  waiting: ['gray', '·'],
  running: ['cyan', ''],
  done: ['green', '✓'],
  failed: ['red', '✗'],
};

function paint(color: Color, text: string): string {
  const plain = (process.env['NO_COLOR'] ?? '') !== '';
  return plain ? text : styleText(color, text);
}

function seconds({ began, ended }: Task): string {
  return `${(((ended ?? performance.now()) - (began ?? 0)) / 1000).toFixed(1)} s`;
}
