import type { Tool as Listed } from '@modelcontextprotocol/sdk/types.js';
import { fromJSONSchema, type ZodType } from 'zod';
import { Check } from '../../definition/check.js';
import { faultsOf } from '../../definition/parse-input.js';
import { givenPolicy, type PolicyOptions } from '../../definition/policy.js';
import { Tool } from '../../definition/tool.js';
import type { Duration } from '../../plan/duration.js';
import type { StepContext, ToolEntry } from '../../plan/executor.js';
import type { JsonObject } from '../../plan/json.js';
import { connectionTo } from './connection.js';
import { toldOf } from './result.js';
import { serverOf, type McpAddress, type McpProgram } from './server.js';

/** Which tools of a server {@link mcpTools} takes, and their policy: what is left out of it is the workflow's. */
export interface McpToolsOptions extends PolicyOptions {
  /**
   * The tools that are taken, by the server's names for them.
   * @default all
   */
  readonly only?: readonly string[];
  /**
   * Before each name: `'github_'`. Tools of several servers are told apart by it.
   * @default ''
   */
  readonly prefix?: string;
  /**
   * How long a connection that nobody uses is kept; at most 24 days.
   * @default '5 minutes'
   */
  readonly idleTimeout?: Duration;
}

/** What {@link mcpTools} connects to, and what it takes of it. */
export type McpOptions = (McpProgram | McpAddress) & McpToolsOptions;

/** The tools of a server. */
export interface McpTools extends ReadonlyArray<Tool>, AsyncDisposable {
  /** Ends the connection, unless a call is under way. The next call makes it again. */
  close(): Promise<void>;
}

/**
 * The tools of an MCP server, by `@modelcontextprotocol/sdk`, which has to be installed beside outlast. The server is asked
 * once, here, what its tools are and take; then the connection is ended, and made again by the first call, on a worker.
 *
 * @throws DefinitionError; NonRetryableError without the SDK; Error where the server can't be reached.
 */
export async function mcpTools(options: McpOptions): Promise<McpTools> {
  const check = new Check('mcpTools');
  check.known(options, KNOWN);
  const server = serverOf(check, options);
  const policy = givenPolicy(options, check);
  const prefix = check.text('prefix', options.prefix) ?? '';
  const only = options.only === undefined ? null : check.texts('only', options.only);
  const idle = check.duration('idleTimeout', options.idleTimeout ?? DEFAULT_IDLE);
  const connection = connectionTo(server, idle);
  const close = (): Promise<void> => connection.close();

  const listed = await connection.use(new AbortController().signal, async (client) => {
    const all: Listed[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listTools(cursor === undefined ? {} : { cursor });
      all.push(...page.tools);
      cursor = page.nextCursor;
      // A server could go on for ever.
    } while (cursor !== undefined && all.length < MAX_TOOLS);
    return all;
  });
  // Whoever only starts runs makes no call, and isn't to be kept alive.
  await close();

  const missing = only?.find((name) => !listed.some((each) => each.name === name));
  if (missing !== undefined)
    check.fail('only', `name tools of the server, which has ${namesOf(listed)}`, missing);
  const tools = listed
    .filter(({ name }) => only?.includes(name) ?? true)
    .map((each) => {
      const execute = async (args: unknown, context: StepContext) => {
        const { signal, idempotencyKey } = context;
        const result = await connection.use(signal, (client) =>
          client.callTool(
            {
              name: each.name,
              arguments: args as JsonObject,
              _meta: { [IDEMPOTENCY_KEY]: idempotencyKey },
            },
            undefined,
            // The time of a call is the policy's.
            { signal, timeout: MAX_TIMER },
          ),
        );
        return toldOf(result as Parameters<typeof toldOf>[0]);
      };
      return new Tool({ ...describedBy(check, each, prefix), execute, close }, policy);
    });
  return Object.freeze(Object.assign(tools, { close, [Symbol.asyncDispose]: close }));

  function namesOf(each: readonly Listed[]): string {
    return each.map(({ name }) => name).join(', ') || 'none';
  }
}

const KNOWN = [
  ...['command', 'args', 'env', 'cwd', 'url', 'headers', 'only', 'prefix', 'idleTimeout'],
  ...['maxRetries', 'retry', 'timeout'],
];

const DEFAULT_IDLE = 300_000;
const MAX_TOOLS = 1_000;
const MAX_TIMER = 24 * 86_400_000;

/** By which a server can tell that a call is a repetition. */
const IDEMPOTENCY_KEY = 'outlast/idempotencyKey';

/** What the model is told of a tool, and how its arguments are checked. */
function describedBy(
  check: Check,
  { name: own, title, description, inputSchema }: Listed,
  prefix: string,
): Pick<ToolEntry, 'name' | 'description' | 'parameters' | 'parse'> {
  const name = prefix + own.replace(/[^\w-]/g, '_');
  if (!/^[\w-]{1,64}$/.test(name))
    check.fail('prefix', 'make names of 1 to 64 letters, digits, `_` and `-`', name);
  const { $schema: _dialect, ...rest } = inputSchema;
  const parameters = rest as JsonObject;
  const text = description?.trim() ?? '';
  return {
    name,
    description: text === '' ? (title ?? own) : text,
    parameters,
    parse: parseBy(parameters),
  };
}

/** The server gets what the model gave: defaults are its own. A schema that zod can't read is left to it, too. */
function parseBy(schema: JsonObject): ToolEntry['parse'] {
  const parsed = schemaOf(schema);
  return async (given) => {
    const result = await parsed?.safeParseAsync(given);
    return result === undefined || result.success
      ? { ok: true, args: given }
      : { ok: false, faults: faultsOf(result.error) };
  };
}

function schemaOf(schema: JsonObject): ZodType | null {
  try {
    return fromJSONSchema(schema);
  } catch {
    return null;
  }
}
