import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from './program.js';
import type { Environment, Search } from './search.js';

export interface Found {
  readonly path: string;
  readonly version: string;
}

export interface Missing {
  readonly reason: string;
}

export function isFound(result: Found | Missing): result is Found {
  return 'path' in result;
}

/** What executables end in. */
export const EXE: string = process.platform === 'win32' ? '.exe' : '';

/** A binary of some 100 MB that the disk's cache doesn't hold takes seconds to start. */
const ANSWER_WITHIN = 15_000;

/** Runs `file --version`: the only proof that it is the CLI and runs on this machine. */
export async function inspect(file: string, search: Search): Promise<Found | Missing> {
  if (!(await isExecutable(file))) return { reason: 'no executable file is there' };
  const { env, signal } = search;
  const ran = await runProgram(file, ['--version'], { env, signal, within: ANSWER_WITHIN });
  if (!ran.ok) return { reason: `\`--version\` failed: ${ran.reason}` };
  const version = /^temporal version (\S+)/m.exec(ran.stdout)?.[1];
  if (version === undefined) return { reason: '`--version` does not say `temporal version …`' };
  return { path: file, version };
}

/** Every executable `temporal` on the PATH, first directory first. */
export async function executablesOnPath(env: Environment): Promise<string[]> {
  // Windows spells it `Path`, and only process.env itself reads it in any case.
  const name = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  const folders = (env[name] ?? '').split(path.delimiter);
  const found: string[] = [];
  // A folder that isn't absolute depends on where the program was started: somebody else's `temporal` may lie there.
  for (const folder of folders.filter((each) => path.isAbsolute(each))) {
    const file = path.join(folder, `temporal${EXE}`);
    if (!found.includes(file) && (await isExecutable(file))) found.push(file);
  }
  return found;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
