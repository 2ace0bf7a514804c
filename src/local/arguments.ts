import path from 'node:path';
import { HOST, type Ports } from './ports.js';

export interface ServerSettings extends Ports {
  readonly namespace: string;
  /** Absolute; `null` for none. */
  readonly file: string | null;
}

/**
 * How `temporal` is called to be the server: from the folder of `file`, where there is one. The whole path would end
 * at the `#` of a folder such as `C#`, because it becomes part of a URL.
 */
export function serverArguments({ port, uiPort, namespace, file }: ServerSettings): string[] {
  const args = ['server', 'start-dev'];
  args.push('--ip', HOST, '--port', String(port), '--ui-port', String(uiPort));
  args.push('--namespace', namespace, '--log-level', 'error');
  for (const [key, value] of Object.entries(TUNING)) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  if (file === null) return args;

  args.push('--db-filename', `./${path.basename(file)}`);
  for (const [key, value] of Object.entries(PRAGMAS))
    args.push('--sqlite-pragma', `${key}=${value}`);
  return args;
}

/** Milliseconds between two looks of the server's parts at the namespaces. */
export const NAMESPACE_REFRESH = 200;

/** The dev server's defaults suit one workflow at a time. Each value here has a measurement behind it. */
const TUNING: Readonly<Record<string, number | string>> = {
  // Tasks of a run start on a grid of 50 ms otherwise: a run of three activities takes 190 ms instead of 60.
  'history.transferProcessorMaxPollRPS': 2000,
  // Timers fire up to a second late otherwise: it allows for clocks that differ, and here there is one. A retry after
  // 1 ms takes 30 ms instead of 1,030.
  'history.timerProcessorMaxTimeShift': '10ms',
  // Long polls at a time. By default 1,200, which 2,500 clients that each wait for a run exceed: some of them fail.
  'frontend.namespaceCount': 100_000,
  // Requests a second. Of 12,000 reads at once 5,150 are refused by default; with all three, none.
  'frontend.rps': 100_000,
  'frontend.namespaceRPS': 100_000,
  'history.rps': 100_000,
  // Events that arrive while a run's task is under way. Beyond 100, the default, the task fails and is made again: that
  // befell a Parallel of 2,500 branches some ten times.
  'history.maximumBufferedEventsBatch': 2000,
  // Lists a second: 10 by default.
  'frontend.namespaceRPS.visibility': 1000,
  // 2 s by default, for which a server whose retention was set would close runs with the old one. Costs 1 % of a core.
  'system.namespaceCacheRefreshInterval': `${String(NAMESPACE_REFRESH)}ms`,
};

const PRAGMAS: Readonly<Record<string, string>> = {
  // These two together: three times the throughput. A killed server loses nothing; a power cut may take the last moment.
  journal_mode: 'WAL',
  synchronous: 'NORMAL',
  // Holds the file for as long as the process lives: a second server ends with SQLITE_BUSY.
  locking_mode: 'EXCLUSIVE',
};
