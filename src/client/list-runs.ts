import type { Connection } from '@temporalio/client';
import { RESERVED_PREFIX } from '../plan/contract.js';
import { describe, listedOf } from './describe.js';
import { Options } from './options.js';
import type { RunStatus, SummaryFacts } from './run.js';
import type { Server } from './server.js';

/** Which runs are listed. */
export interface ListOptions {
  /** @default all */
  readonly status?: RunStatus;
  /** Runs that were created then or later. @default all that are kept */
  readonly since?: Date;
  /** At most so many, the latest first. 1 to 10,000. @default 100 */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export const LIST_OPTIONS = ['status', 'since', 'limit', 'signal'] as const;

/** Temporal's words. Of an open run only a look at it tells whether a worker has taken it. */
const EXECUTION_STATUS: Readonly<Record<RunStatus, readonly string[]>> = {
  pending: ['Running'],
  running: ['Running'],
  paused: ['Running'],
  completed: ['Completed'],
  failed: ['Failed', 'TimedOut'],
  cancelled: ['Canceled', 'Terminated'],
};

const PAGE_SIZE = 200;
const LOOKS_AT_ONCE = 20;

/** Runs that a name has, those of its aliases included; of all workflows where `names` is `null`. */
export async function listRuns(
  server: Server,
  names: readonly string[] | null,
  options: ListOptions,
): Promise<SummaryFacts[]> {
  const { status, since, limit } = checked(options);
  const { signal } = options;
  const found: SummaryFacts[] = [];
  for await (const page of pagesOf(server, queryOf(names, status, since), signal)) {
    for (let at = 0; at < page.length && found.length < limit; at += LOOKS_AT_ONCE) {
      const looked = await Promise.all(
        page.slice(at, at + LOOKS_AT_ONCE).map((listed) => lookAt(server, listed, signal)),
      );
      for (const facts of looked) {
        if (facts === null || (status !== null && facts.status !== status)) continue;
        if (names === null || names.includes(facts.workflowName)) found.push(facts);
      }
    }
    if (found.length >= limit) break;
  }
  return found
    .slice(0, limit)
    .sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
}

async function lookAt(
  server: Server,
  listed: SummaryFacts,
  signal: AbortSignal | undefined,
): Promise<SummaryFacts | null> {
  if (listed.status !== 'running') return listed;
  const description = await describe(server, listed.runId, { signal });
  if (description === null) return null;
  const { waiting: _waiting, calls: _calls, ...facts } = description;
  return facts;
}

async function* pagesOf(
  server: Server,
  query: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<SummaryFacts[]> {
  type Page = Awaited<ReturnType<Connection['workflowService']['listWorkflowExecutions']>>;
  let token: Uint8Array | null = null;
  do {
    const page: Page = await server.call(
      () =>
        server.service.listWorkflowExecutions({
          namespace: server.namespace,
          query,
          pageSize: PAGE_SIZE,
          ...(token !== null && { nextPageToken: token }),
        }),
      { signal },
    );
    yield await Promise.all(page.executions.map((info) => listedOf(server, info)));
    token = page.nextPageToken.length > 0 ? page.nextPageToken : null;
  } while (token !== null);
}

function queryOf(
  names: readonly string[] | null,
  status: RunStatus | null,
  since: Date | null,
): string {
  const conditions = [
    names === null
      ? `WorkflowType NOT STARTS_WITH ${quoted(RESERVED_PREFIX)}`
      : `(${names.map(named).join(' OR ')})`,
    'ParentWorkflowId IS NULL',
    // An execution that went on in another one is that one's past, not a run.
    status === null
      ? "ExecutionStatus != 'ContinuedAsNew'"
      : `ExecutionStatus IN (${EXECUTION_STATUS[status].map(quoted).join(', ')})`,
  ];
  if (since !== null) conditions.push(`StartTime >= ${quoted(since.toISOString())}`);
  return conditions.join(' AND ');
}

/** The server's queries find no text with `"` or `\` in it, however it is escaped: it is found by what comes before. */
function named(name: string): string {
  const [findable = ''] = name.split(/["\\]/, 1);
  const operator = findable === name ? '=' : 'STARTS_WITH';
  return `WorkflowType ${operator} ${quoted(findable)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function checked(options: ListOptions): {
  readonly status: RunStatus | null;
  readonly since: Date | null;
  readonly limit: number;
} {
  const check = new Options('listRuns');
  check.known(options, LIST_OPTIONS);
  const { status = null, since = null, limit = 100 } = options;
  if (status !== null && !Object.hasOwn(EXECUTION_STATUS, status)) {
    check.fail('status', `be one of ${Object.keys(EXECUTION_STATUS).join(', ')}`, status);
  }
  if (since !== null && (!(since instanceof Date) || Number.isNaN(since.getTime()))) {
    check.fail('since', 'be a Date', since);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    check.fail('limit', 'be an integer from 1 to 10000', limit);
  }
  return { status, since, limit };
}
