/** A worker of an agent with the tools of an MCP server: `node --import tsx examples/mcp-tools.ts`. */
import { Agent, openai, Step, Workflow } from 'outlast';
import { mcpTools } from 'outlast/tools';
import { createWorker } from 'outlast/worker';

const notes = await mcpTools({
  command: 'npx',
  args: ['-y', '@modelcontextprotocol/server-filesystem', 'notes'],
  only: ['read_text_file', 'list_directory'],
  prefix: 'notes_',
});

const librarian = new Agent({
  name: 'Librarian',
  model: openai('gpt-5-mini'),
  tools: [notes],
});

const questions = new Workflow<string>({
  name: 'Questions',
  steps: [new Step({ name: 'Answer', agent: librarian })],
});

const worker = await createWorker({ workflows: [questions] });
await worker.run();
