import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

const PROGRAM = path.join(import.meta.dirname, 'worker-program.ts');

/** Names the journal's file to the programs of a test. */
const VARIABLE = 'OUTLAST_TEST_JOURNAL';

/** What steps wrote, whatever process they were in: a line each, with the time. */
export interface Journal {
  readonly file: string;
  /** The entries so far, in the order in which they were written. */
  entries(): readonly { readonly text: string; readonly at: number }[];
  /** Resolves when that entry is there for the `nth` time. */
  wrote(text: string, nth?: number): Promise<number>;
  /** Resolves when there are so many entries. */
  holds(count: number): Promise<void>;
}

export function journal(): Journal {
  const folder = mkdtempSync(path.join(tmpdir(), 'outlast-journal-'));
  const file = path.join(folder, 'journal');
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const entries: Journal['entries'] = () => {
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => {
      const [at = '', ...text] = line.split(' ');
      return { at: Number(at), text: text.join(' ') };
    });
  };
  return {
    file,
    entries,
    async wrote(text, nth = 1) {
      for (;;) {
        const entry = entries().filter((each) => each.text === text)[nth - 1];
        if (entry !== undefined) return entry.at;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async holds(count) {
      while (entries().length < count) await new Promise((resolve) => setTimeout(resolve, 20));
    },
  };
}

/** For the steps of a program: writes an entry into the test's journal. */
export function note(text: string): void {
  const file = process.env[VARIABLE];
  if (file !== undefined) appendFileSync(file, `${String(Date.now())} ${text}\n`);
}

export interface WorkerProcess {
  readonly process: ChildProcess;
  /** Ends it as a power cut would, and resolves when it has ended. */
  kill(): Promise<void>;
}

/** A worker of the workflows that a module exports, in a process of its own. It ends with the test at the latest. */
export async function workerProcess(
  module: string,
  { address, taskQueue }: { readonly address: string; readonly taskQueue: string },
  { file }: Journal,
  options: object = {},
): Promise<WorkerProcess> {
  const child = fork(PROGRAM, [module, address, taskQueue, JSON.stringify(options)], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, [VARIABLE]: file },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => {
      throw new Error(`The worker's process ended as it started (${String(code)}).`);
    }),
  ]);
  return { process: child, kill };
}
