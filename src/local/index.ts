/** `outlast/local`: a Temporal dev server at hand, and workers in this process. */
export { startLocal, type Local, type StartLocalOptions } from './start-local.js';
export { startDevServer, type DevServer, type StartDevServerOptions } from './dev-server.js';
export {
  findTemporalCli,
  type FindTemporalCliOptions,
  type TemporalCli,
  type TemporalCliSource,
} from './binary.js';
export {
  DevServerError,
  FileInUseError,
  PortInUseError,
  TemporalCliNotFoundError,
  TemporalCliUnusableError,
  type TriedSource,
} from './errors.js';
export type { Environment } from './search.js';
export type { ServerExit } from './supervisor.js';
