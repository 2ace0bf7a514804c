import { NonRetryableError } from '../../plan/errors.js';
import { reasonOf } from '../bounded-fetch.js';
import { cut, inLine } from '../text.js';
import { whoIs, type Server } from './server.js';

/** Whether the server itself says it, over a connection that works. */
export function isOfServer(error: unknown): boolean {
  return isMcpError(error) && !OF_CONNECTION.has(error.code);
}

/** Whether the server doesn't know the session that it is asked in: 404, and 400 from servers that don't tell it apart. */
export function isOfNoSession(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 404 || code === 400;
}

/** Of a request: what the server says of it, or that there was no answer. */
export function failed(server: Server, error: unknown): Error {
  if (!isOfServer(error)) return brokeOff(server, error);
  const message = messageOf(server, error);
  return REFUSALS.has((error as McpError).code)
    ? new NonRetryableError(message)
    : new Error(message);
}

/** Of a connection. */
export function brokeOff(server: Server, error: unknown): Error {
  if (error instanceof NonRetryableError) return error;
  const message = `${whoIs(server)} can't be reached, or broke off: ${messageOf(server, error)}`;
  const { code } = error as { code?: unknown };
  return code === 401 || code === 403 ? new NonRetryableError(message) : new Error(message);
}

/** `ConnectionClosed` and `RequestTimeout` of the SDK. */
const OF_CONNECTION: ReadonlySet<number> = new Set([-32_000, -32_001]);

/** `InvalidRequest`, `MethodNotFound`, `InvalidParams`: the same again would be refused again. */
const REFUSALS: ReadonlySet<number> = new Set([-32_600, -32_601, -32_602]);

type McpError = Error & { readonly code: number };

function isMcpError(error: unknown): error is McpError {
  return error instanceof Error && error.name === 'McpError';
}

/** Without the keys that were sent: some servers repeat them. */
function messageOf(server: Server, error: unknown): string {
  const keys = server.kind === 'address' ? Object.values(server.headers) : [];
  const words = keys.flatMap((key) => [key, ...key.split(/\s+/).slice(-1)]);
  const message = words
    .filter((word) => word !== '')
    .reduce((text, word) => text.replaceAll(word, '[key]'), reasonOf(error));
  return cut(inLine(message), MAX_MESSAGE);
}

const MAX_MESSAGE = 1_000;
