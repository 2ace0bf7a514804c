/** What a client of runs is, whose definition has tools of a server: it asks for them, calls none, and has nothing to close. */
import path from 'node:path';
import { mcpTools } from 'outlast/tools';

const program = path.join(import.meta.dirname, 'mcp-server.mjs');
const tools = await mcpTools({ command: process.execPath, args: [program] });
console.log(tools.length);
