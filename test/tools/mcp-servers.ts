import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A real MCP server. */
const PROGRAM: string = path.join(import.meta.dirname, 'programs/mcp-server.mjs');

/** How it is started as a program. */
export function program(...flags: readonly string[]): { command: string; args: string[] } {
  return { command: process.execPath, args: [PROGRAM, 'stdio', ...flags] };
}

/** A server over HTTP. */
interface Served {
  readonly url: string;
  readonly port: number;
  /** As a crash does. Resolves when it is gone. */
  readonly kill: () => Promise<void>;
}

interface Serving {
  /** That of an earlier one. @default any */
  readonly port?: number;
  readonly flags?: readonly string[];
}

/** A server of the running test alone. */
export async function serveMcp(serving: Serving = {}): Promise<Served> {
  const served = await startMcp(serving);
  onTestFinished(served.kill);
  return served;
}

/** A server that has to be killed. */
export async function startMcp({ port = 0, flags = [] }: Serving): Promise<Served> {
  const child = spawn(process.execPath, [PROGRAM, String(port), ...flags], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { url: `http://127.0.0.1:${line}/mcp`, port: Number(line), kill };
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
