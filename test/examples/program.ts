import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { onTestFinished } from 'vitest';

export const root = path.resolve(import.meta.dirname, '../..');

/** A program of examples/, as somebody runs it whose output goes to a file. */
export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when it has written that. */
  wrote(text: string): Promise<void>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function start(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Program {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', path.join(root, 'examples', file), ...args],
    { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    ...written,
  }));
  return {
    child,
    ended,
    async wrote(text) {
      while (!written.stdout.includes(text)) {
        const more = await Promise.race([once(child.stdout, 'data'), ended.then(() => null)]);
        if (more === null) throw new Error(`It ended without '${text}':\n${written.stdout}`);
      }
    },
  };
}

export function run(file: string, args: readonly string[] = []): Promise<Ended> {
  return start(file, args).ended;
}
