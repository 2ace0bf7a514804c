/** The program behind `npm run server`: a dev server until Ctrl-C. */
import { parseArgs } from 'node:util';
import { OptionError, OutlastError } from '../plan/errors.js';
import type { TemporalCliSource } from './binary.js';
import type { DevServer, StartDevServerOptions } from './dev-server.js';
import { USUAL } from './ports.js';

const USAGE = `Starts a Temporal dev server with its Web UI, on this machine alone, until Ctrl-C.

  npm run server -- [options]

  --file PATH      keep runs in this file (such as tmp/workflow.db); without it they are gone with the server
  --port PORT      for workers and clients (${String(USUAL.port)}, or a free one where that is taken)
  --ui-port PORT   for the Web UI (${String(USUAL.uiPort)}, or a free one where that is taken)
  --help           this text
`;

async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === 'string') {
    process.stderr.write(`${parsed}\n\n${USAGE}`);
    return 2;
  }
  if (parsed.help) {
    process.stdout.write(USAGE);
    return 0;
  }

  const stop = untilSignal();
  try {
    // Loaded late, because it takes longer than somebody needs to press Ctrl-C.
    const { startDevServer } = await import('./dev-server.js');
    stop.throwIfAborted();
    const server = await startDevServer({
      ...parsed.options,
      signal: stop,
      log: (line) => {
        // What the server's parts say of each other's end is no news.
        if (!stop.aborted) process.stderr.write(`${line}\n`);
      },
      onSource: sayWhatTakesTime,
    });
    try {
      return await serve(server, stop);
    } finally {
      await server.close();
    }
  } catch (error) {
    if (stop.aborted) return stopped();
    process.stderr.write(`${error instanceof OutlastError ? error.message : String(error)}\n`);
    return error instanceof OptionError ? 2 : 1;
  }
}

/** What the arguments ask for, or what is wrong with them. */
function parse(
  args: readonly string[],
): { readonly help: boolean; readonly options: StartDevServerOptions } | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        file: { type: 'string' },
        port: { type: 'string' },
        'ui-port': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { file, help = false } = values;
    const port = portOf('--port', values.port);
    const uiPort = portOf('--ui-port', values['ui-port']);
    if (file === '') throw new RangeError('--file must be a path, got nothing');
    if (port !== undefined && port !== 0 && port === uiPort) {
      throw new RangeError(`--ui-port must differ from --port, got ${String(port)} for both`);
    }
    return { help, options: { file, port, uiPort } };
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

function portOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new RangeError(`${option} must be a port number from 0 to 65535, got '${text}'`);
}

/** Aborted by the first signal to end. The second ends the process at once, and with it the server. */
function untilSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      stop.abort();
    });
  }
  return stop.signal;
}

function sayWhatTakesTime(source: TemporalCliSource): void {
  if (source === 'download') process.stderr.write('Downloading the temporal CLI …\n');
  if (source === 'pip') process.stderr.write('Installing the temporal CLI by pip …\n');
}

async function serve(server: DevServer, stop: AbortSignal): Promise<number> {
  process.stdout.write(description(server));
  const asked = new Promise<'asked'>((resolve) => {
    if (stop.aborted) resolve('asked');
    stop.addEventListener('abort', () => {
      resolve('asked');
    });
  });
  const end = await Promise.race([asked, server.exited]);
  if (end === 'asked') {
    await server.close();
    return stopped();
  }
  const how = end.signal === null ? `with exit code ${String(end.code)}` : `by ${end.signal}`;
  process.stderr.write(`The server has ended ${how}.\n`);
  return 1;
}

function stopped(): number {
  // A terminal has written `^C` there, and stays in that line.
  process.stdout.write(process.stdout.isTTY ? '\nStopped.\n' : 'Stopped.\n');
  return 0;
}

function description({ address, uiUrl, cli, file }: DevServer): string {
  const lines = [
    `Temporal dev server  ${address}`,
    `Web UI               ${uiUrl}`,
    `Binary               ${cli.path} (temporal ${cli.version}, from ${FROM[cli.source]})`,
    `Runs are kept        ${file === null ? 'in memory: they are gone when it stops (--file PATH keeps them)' : `in ${file}`}`,
  ];
  if (address !== `127.0.0.1:${String(USUAL.port)}`) {
    lines.push(
      '',
      'Workers and clients look elsewhere by default. They find it after',
      `  export TEMPORAL_ADDRESS=${address}`,
    );
  }
  return `${[...lines, '', 'Ctrl-C stops it.'].join('\n')}\n`;
}

const FROM: Readonly<Record<TemporalCliSource, string>> = {
  TEMPORAL_CLI_PATH: 'TEMPORAL_CLI_PATH',
  PATH: 'the PATH',
  cache: "this project's cache",
  download: 'a download, now in the cache',
  pip: 'pip, now in the cache',
};

// Last, because what stands above is not there before.
process.exitCode = await main(process.argv.slice(2));
