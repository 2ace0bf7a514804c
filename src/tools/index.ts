/** `outlast/tools`: tools for agents, ready to use. */
export { documentSearch, type DocumentSearchOptions } from './document-search/tool.js';
export { duckDuckGoTools, type DuckDuckGoOptions } from './duckduckgo/tools.js';
export { exaTools, type ExaOptions } from './exa/tools.js';
export { fileTools, type FileOptions } from './files/tools.js';
export { httpTools, type HttpOptions } from './http/tools.js';
export type { HeadersFor } from './http/guarded-fetch.js';
export type { Method } from './bounded-fetch.js';
export { mcpTools, type McpOptions, type McpTools, type McpToolsOptions } from './mcp/tools.js';
export type { McpAddress, McpProgram } from './mcp/server.js';
export {
  agentTool,
  workflowTool,
  type Startable,
  type WorkflowToolOptions,
} from './workflow-tool.js';
