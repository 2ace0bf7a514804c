/** `outlast/client`: clients of a server that is named, beside the default one of the process. */
export { connect, Outlast } from './outlast.js';
export type { GetRunOptions, OfWorkflow } from './runs.js';
export { ConfigError, type ConnectionConfig } from './config.js';
