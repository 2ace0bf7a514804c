import { execFile } from 'node:child_process';
import type { Environment } from './search.js';

export interface RunProgramOptions {
  /** @default this process's own */
  readonly cwd?: string;
  readonly env: Environment;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds, after which it is killed. */
  readonly within: number;
}

export interface Ran {
  readonly ok: boolean;
  readonly stdout: string;
  /** Why it isn't ok; `''` when it is. */
  readonly reason: string;
}

/** Runs a program to its end. What it does wrong is in the result; nothing is thrown. */
export function runProgram(
  file: string,
  args: readonly string[],
  { cwd, env, signal, within }: RunProgramOptions,
): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      {
        cwd,
        env,
        signal,
        timeout: within,
        killSignal: 'SIGKILL',
        maxBuffer: 16 * 1024 * 1024,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve({ ok: true, stdout, reason: '' });
        else resolve({ ok: false, stdout, reason: reasonOf(error, stderr, within) });
      },
    );
  });
}

type ProgramError = Parameters<NonNullable<Parameters<typeof execFile>[3]>>[0] & {};

function reasonOf(error: ProgramError, stderr: string, within: number): string {
  if (error.code === 'ENOENT') return 'not found';
  if (error.killed === true) return `no end within ${String(within / 1000)} s`;
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  // pip's reason is in its last ERROR line; advice follows.
  const telling = lines.findLast((line) => /^error/i.test(line)) ?? lines.at(-1);
  const how = `exit ${String(error.code ?? error.signal)}`;
  if (telling === undefined) return typeof error.code === 'string' ? error.message : how;
  return telling.length > 400 ? `${telling.slice(0, 399)}…` : telling;
}
