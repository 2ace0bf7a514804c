/** `outlast/client`: clients of a server that is named, beside the default one of the process. */
export { connect, Outlast, type GetRunOptions, type OfWorkflow } from './outlast.js';
export { ConfigError, type ConnectionConfig } from './config.js';
