import path from 'node:path';
import type { Check } from '../../definition/check.js';

/** A program that speaks MCP over its input and output. */
export interface McpProgram {
  /** What is started, on the worker: `'npx'`. No shell reads it. */
  readonly command: string;
  /** @default none */
  readonly args?: readonly string[];
  /**
   * Its environment, beside `PATH`, `HOME` and the like: nothing else of the worker's reaches it.
   * @default none
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Where it is started. @default where the worker was */
  readonly cwd?: string;
}

/** A server that speaks MCP over streamable HTTP. */
export interface McpAddress {
  /** Also one of a private network: it is yours, and no model's. Redirects within the origin are followed. */
  readonly url: string | URL;
  /**
   * Sent with each request, such as a key.
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server, checked. */
export type Server =
  | {
      readonly kind: 'program';
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string | null;
    }
  | {
      readonly kind: 'address';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    };

/** @throws DefinitionError */
export function serverOf(check: Check, options: Partial<McpProgram & McpAddress>): Server {
  const { command, url } = options;
  if ((command === undefined) === (url === undefined))
    check.fail('command', 'be given, or `url`, and not both', command);
  for (const option of url === undefined ? ADDRESS_ONLY : PROGRAM_ONLY)
    if (options[option] !== undefined)
      check.fail(option, `go with \`${url === undefined ? 'url' : 'command'}\``, options[option]);
  return url === undefined ? programOf(check, options) : addressOf(check, url, options.headers);
}

const PROGRAM_ONLY = ['args', 'env', 'cwd'] as const;
const ADDRESS_ONLY = ['headers'] as const;

/** As messages name it: without arguments and queries, which may hold keys. */
export function whoIs(server: Server): string {
  if (server.kind === 'program') return `The MCP server ${path.basename(server.command)}`;
  const { origin, pathname } = new URL(server.url);
  return `The MCP server ${origin}${pathname}`;
}

function programOf(check: Check, { command, args, env, cwd }: Partial<McpProgram>): Server {
  return {
    kind: 'program',
    command: check.filled('command', command),
    args: argumentsOf(check, args ?? []),
    env: textsOf(check, 'env', env ?? {}),
    cwd: check.text('cwd', cwd),
  };
}

function addressOf(check: Check, url: unknown, headers: unknown): Server {
  const text = String(url);
  if (!/^https?:/i.test(text) || !URL.canParse(text))
    check.fail('url', "be an address such as 'https://mcp.example.com/mcp'", text);
  return {
    kind: 'address',
    url: new URL(text).href,
    headers: textsOf(check, 'headers', headers ?? {}),
  };
}

/** An argument may be empty. */
function argumentsOf(check: Check, given: unknown): readonly string[] {
  if (!Array.isArray(given) || given.some((each) => typeof each !== 'string'))
    return check.fail('args', 'be a list of strings', given);
  return given as readonly string[];
}

function textsOf(check: Check, option: string, given: unknown): Readonly<Record<string, string>> {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  // What a value is isn't told: it may be a key.
  if (!isObject || Object.values(given).some((each) => typeof each !== 'string'))
    return check.fail(option, 'be an object of strings', isObject ? Object.keys(given) : given);
  return { ...given };
}
