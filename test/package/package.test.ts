import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const exec = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const { resolve } = createRequire(import.meta.url);

describe('the package resolves for its users', () => {
  /** A directory of somebody who has done nothing but `npm install outlast`. */
  let consumer: string;
  let tarball: string;

  beforeAll(async () => {
    consumer = mkdtempSync(path.join(tmpdir(), 'outlast-consumer-'));
    tarball = await pack(consumer);
    cpSync(path.join(import.meta.dirname, 'consumer'), consumer, { recursive: true });
    const manifest = { name: 'consumer', private: true, type: 'module' };
    writeFileSync(path.join(consumer, 'package.json'), JSON.stringify(manifest));
    const install = ['install', '--no-audit', '--no-fund', '--prefer-offline'];
    await npm([...install, tarball, `@types/node@${ownVersionOf('@types/node')}`], consumer);
  });

  afterAll(() => {
    rmSync(consumer, { recursive: true, force: true });
  });

  test('from JavaScript', async () => {
    expect(await node('esm.js')).toEqual({ name: 'Shout', faces: Array(5).fill('function') });
  });

  test('from CommonJS', async () => {
    expect(await node('required.cjs')).toEqual({ name: 'Shout', faces: Array(5).fill('function') });
  });

  test('from TypeScript', async () => {
    const { stdout } = await quiet(resolve('typescript/bin/tsc'), ['-p', consumer], consumer);
    // Temporal's own declarations don't hold under exactOptionalPropertyTypes; ours are to.
    const ours = stdout
      .split('\n')
      .filter((line) => !/^(?:node_modules\/@temporalio\/|\s|$)/.test(line));
    expect(ours).toEqual([]);
  });

  test('and runs a workflow to its end', async () => {
    expect(await node('running.js')).toEqual({ status: 'completed', content: 'hello!' });
  });

  test('with tools that name the package which they need', async () => {
    const { stdout } = await exec(process.execPath, ['tools.js'], {
      cwd: consumer,
      env: cleanEnv(),
    });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      {
        message:
          "documentSearch needs the package minisearch, which the worker doesn't have: npm install minisearch",
      },
      {
        message:
          "exaTools needs the package exa-js, which the worker doesn't have: npm install exa-js",
      },
      {
        message:
          "mcpTools needs the package @modelcontextprotocol/sdk, which the worker doesn't have: npm install @modelcontextprotocol/sdk",
      },
    ]);
  });

  test('by the rules of publint', async () => {
    const { publint } = await import('publint');
    const { formatMessage } = await import('publint/utils');
    const { messages, pkg } = await publint({ pack: { tarball: bytesOf(tarball) }, strict: true });
    // The bundle is a script that Temporal reads as text; publint judges it as a module.
    const judged = messages.filter(
      (message) =>
        !message.path.includes('#workflow-bundle') || message.code === 'FILE_DOES_NOT_EXIST',
    );
    expect(judged.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('by the rules of arethetypeswrong', async () => {
    const attw = path.join(
      path.dirname(resolve('@arethetypeswrong/cli/package.json')),
      'dist/index.js',
    );
    const { stdout, code } = await quiet(
      attw,
      [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'],
      root,
    );
    expect(code, stdout).toBe(0);
  });

  test('without anything that only its makers need', () => {
    const installed = path.join(consumer, 'node_modules/outlast');
    const top = readdirSync(installed).sort();
    expect(top).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'src']);
    const files = readdirSync(path.join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
    expect(files.filter((file) => /(?:^|\/)\.|\.test\./.test(file))).toEqual([]);
    expect(files).toContain('workflow-bundle.js');
  });

  async function node(program: string): Promise<unknown> {
    const { stdout } = await exec(process.execPath, [program], { cwd: consumer, env: cleanEnv() });
    return JSON.parse(stdout);
  }
});

/** Packs what `npm publish` would, into `folder`; the path of the tarball. */
async function pack(folder: string): Promise<string> {
  const stdout = await npm(
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    root,
  );
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm pack made no tarball: ${stdout}`);
  return path.join(folder, packed.filename);
}

async function npm(args: string[], cwd: string): Promise<string> {
  const { stdout } = await exec('npm', args, { cwd, env: cleanEnv() });
  return stdout;
}

/** Runs a program of ours on somebody's files; never throws, so that a test can show what it printed. */
async function quiet(
  program: string,
  args: string[],
  cwd: string,
): Promise<{ stdout: string; code: number }> {
  try {
    const { stdout } = await exec(process.execPath, [program, ...args], { cwd, env: cleanEnv() });
    return { stdout, code: 0 };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
    return { stdout: stdout + stderr, code };
  }
}

/** Without what npm and vitest leave for their children, which would speak of this package instead. */
function cleanEnv(): NodeJS.ProcessEnv {
  const ours = /^(?:npm_|VITEST|NODE_ENV$|NODE_OPTIONS$|INIT_CWD$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

function ownVersionOf(name: string): string {
  const manifest = readFileSync(resolve(`${name}/package.json`), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function bytesOf(file: string): ArrayBuffer {
  const bytes = readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
