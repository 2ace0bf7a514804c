import {
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  type LogEntry,
} from '@temporalio/worker';

/**
 * Has Temporal's runtime log what concerns people: what executors log, and from anything else what went wrong, a line
 * each. A program that has installed a runtime of its own keeps that.
 */
export function useReadableLog(): void {
  if (installed) return;
  installed = true;
  try {
    Runtime.install({
      logger: new DefaultLogger('DEBUG', write),
      telemetryOptions: {
        logging: {
          filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }),
          forward: {},
        },
      },
    });
  } catch {
    // There is one already: the program's.
  }
}

let installed = false;

function write(entry: LogEntry): void {
  const line = lineOf(entry);
  if (line !== null) process.stderr.write(`${line}\n`);
}

/**
 * A run that was ended just as its worker took it: there is nothing to complete, and nothing to do. Nor is there where a
 * heartbeat comes as its activity ends.
 */
const HARMLESS = /^Task not found when completing|^Activity heartbeat failed\. UnknownActivity/;

const GRAVE: ReadonlySet<string> = new Set(['WARN', 'ERROR']);

/** What is written of an entry; `null` for nothing. */
export function lineOf({ level, message, timestampNanos, meta }: LogEntry): string | null {
  const facts = (meta ?? {}) as Record<string, unknown>;
  const isExecutors = facts['sdkComponent'] === 'activity';
  const said = `${message} ${String(facts['details'])}`;
  if (!isExecutors && (!GRAVE.has(level) || HARMLESS.test(said))) return null;
  const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const { activityType, workflowType, workflowId, attempt, error, ...rest } = facts;
  const subject = [activityType ?? workflowType, workflowId, attempted(attempt)].filter(isText);
  const own = Object.entries(rest).filter(([key]) => !SDKS_OWN.has(key));
  return [
    `${time} ${level} ${message}`,
    ...(subject.length > 0 ? [`[${subject.join(', ')}]`] : []),
    ...(own.length > 0 ? [JSON.stringify(Object.fromEntries(own))] : []),
    ...(error === undefined ? [] : [`\n${reasonOf(error)}`]),
  ].join(' ');
}

/** What the SDK adds to each entry. */
const SDKS_OWN: ReadonlySet<string> = new Set([
  ...['sdkComponent', 'taskQueue', 'namespace', 'isLocal', 'taskToken', 'activityId'],
  ...['workflowRunId', 'runId', 'durationMs'],
]);

function attempted(attempt: unknown): string | null {
  return typeof attempt === 'number' && attempt > 1 ? `attempt ${String(attempt)}` : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Where a user's function threw, which is the cause of what Temporal is told. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `    ${String(error)}`;
  const { cause } = error;
  // A failure without a cause is outlast's own word: where it was made is of no use.
  if (!(cause instanceof Error)) return `    ${error.message}`;
  const [head = '', ...stack] = (cause.stack ?? String(cause)).split('\n');
  const users = stack.filter((line) => !/node_modules|node:internal/.test(line)).slice(0, 5);
  return [head, ...users].map((line) => `    ${line.trim()}`).join('\n');
}
