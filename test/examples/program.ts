import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export const root = path.resolve(import.meta.dirname, '../..');

/** A program of examples/, as somebody runs it whose output goes to a file. */
export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has written to stdout so far. */
  readonly said: () => string;
  /** Resolves when it has written that. */
  wrote(text: string): Promise<void>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of the machine that the tests run on. */
const WITHOUT_MODELS = { OPENAI_API_KEY: '', OPENAI_BASE_URL: '', GEMINI_API_KEY: '' };

/** Starts a program, which ends with the test at the latest. */
export function start(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Program {
  const program = launch(file, args, env);
  onTestFinished(() => {
    program.child.kill('SIGKILL');
  });
  return program;
}

/** The same for a program that several tests use: whoever starts it ends it. */
export function launch(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Program {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', path.join(root, 'examples', file), ...args],
    {
      cwd: root,
      env: { ...process.env, ...WITHOUT_MODELS, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    ...written,
  }));
  return {
    child,
    ended,
    said: () => written.stdout,
    async wrote(text) {
      while (!written.stdout.includes(text)) {
        const more = await Promise.race([once(child.stdout, 'data'), ended.then(() => null)]);
        if (more === null) {
          throw new Error(`It ended without '${text}':\n${written.stdout}${written.stderr}`);
        }
      }
    },
  };
}

export function run(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  return start(file, args, env).ended;
}

/** The processes below one, as they are now. */
export function descendantsOf(pid: number | undefined, all = processes()): number[] {
  const children = all.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child.pid, ...descendantsOf(child.pid, all)]);
}

export function isAlive(pid: number): boolean {
  return processes().some((each) => each.pid === pid);
}

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** Without those that have ended and wait for somebody to ask how. */
function processes(): Process[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  return [...lines.matchAll(/^ *(\d+) +(\d+) +[^Z\s]/gm)].map(([, pid, parent]) => ({
    pid: Number(pid),
    parent: Number(parent),
  }));
}

/** What the worker logs of steps that fail on purpose: lines with a time, and indented ones under them. */
export function withoutLog(stderr: string): string {
  return stderr.replaceAll(/^(?:\d{4}-\S+Z WARN | {4}).*\n/gm, '');
}
