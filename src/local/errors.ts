import { OutlastError } from '../plan/errors.js';
import type { TemporalCliSource } from './binary.js';

/** A place where the `temporal` binary was looked for, and why it isn't from there. */
export interface TriedSource {
  readonly source: TemporalCliSource;
  readonly reason: string;
}

/** No place has a `temporal` binary that runs: neither this machine nor the two downloads. */
export class TemporalCliNotFoundError extends OutlastError {
  readonly code = 'TEMPORAL_CLI_NOT_FOUND';
  /** Every place, in the order of the search. */
  readonly tried: readonly TriedSource[];

  constructor(tried: readonly TriedSource[]) {
    super(
      [
        'A local Temporal server needs the `temporal` CLI, and no place has it:',
        ...tried.map(({ source, reason }) => `  ${source}: ${reason}`),
        'Install it (https://docs.temporal.io/cli), or name the binary in TEMPORAL_CLI_PATH; or use a server that runs elsewhere (TEMPORAL_ADDRESS).',
      ].join('\n'),
    );
    this.tried = tried;
  }
}

/** TEMPORAL_CLI_PATH names something that isn't a `temporal` binary that runs here. Nothing else is tried then. */
export class TemporalCliUnusableError extends OutlastError {
  readonly code = 'TEMPORAL_CLI_UNUSABLE';
  readonly path: string;

  constructor(path: string, reason: string) {
    super(
      `TEMPORAL_CLI_PATH must name a \`temporal\` binary that runs, got ${JSON.stringify(path)}: ${reason}. Correct it, or unset it: the binary is then searched for.`,
    );
    this.path = path;
  }
}

/** A port that was asked for can't be had. */
export class PortInUseError extends OutlastError {
  readonly code = 'PORT_IN_USE';
  readonly port: number;

  constructor(option: 'port' | 'uiPort', port: number, reason: string) {
    super(
      `startDevServer: \`${option}\` must be free, but 127.0.0.1:${String(port)} can't be listened on: ${reason}. Stop what uses it, or leave \`${option}\` out: a free one is then found.`,
    );
    this.port = port;
  }
}

/** Another server has the file open. Two servers on one file would corrupt each other's runs. */
export class FileInUseError extends OutlastError {
  readonly code = 'FILE_IN_USE';
  readonly file: string;

  constructor(file: string, options?: ErrorOptions) {
    super(
      `startDevServer: \`file\` must belong to one server alone, but another process has ${file} open. Stop that server, connect to it (TEMPORAL_ADDRESS) instead of starting a second, or give another \`file\`.`,
      options,
    );
    this.file = file;
  }
}

/** The dev server was started, and ended or didn't answer. */
export class DevServerError extends OutlastError {
  readonly code = 'DEV_SERVER_FAILED';
  /** What the server wrote, shortened in its middle; empty where it has written nothing. */
  readonly output: string;

  constructor(what: string, output: string, options?: ErrorOptions) {
    super(output === '' ? what : `${what}. It said:\n${output}`, options);
    this.output = output;
  }
}
