import { documentSearch, exaTools, mcpTools } from 'outlast/tools';

// What a worker does with a tool.
const context = { signal: new AbortController().signal, log: {} };
process.env.EXA_API_KEY = 'a-key';
for (const tool of [documentSearch({ dir: '.' }), exaTools()[0]]) {
  const { args } = await tool.entry.parse({ query: 'queue' });
  const message = await tool.entry.execute(args, context).catch((error) => error.message);
  console.log(JSON.stringify({ message }));
}
const message = await mcpTools({ command: 'node' }).catch((error) => error.message);
console.log(JSON.stringify({ message }));
