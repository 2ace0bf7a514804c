/** An MCP server, made with the SDK: over its input and output, or with a port over HTTP on loopback. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

const [, , port, ...flags] = process.argv;

function newServer() {
  const server = new McpServer({ name: 'test', version: '1' });
  const text = (/** @type {unknown} */ value) => ({
    content: [{ type: /** @type {const} */ ('text'), text: String(value) }],
  });
  server.registerTool(
    'add',
    { description: 'Adds.', inputSchema: { a: z.number(), b: z.number().default(1) } },
    ({ a, b }) => text(a + b),
  );
  server.registerTool('who.is', { title: 'Its process' }, () => text(process.pid));
  server.registerTool('structured', { outputSchema: { list: z.array(z.number()) } }, () => ({
    ...text('a list'),
    structuredContent: { list: [1, 2] },
  }));
  server.registerTool('mixed', {}, () => ({
    content: [
      ...text('See:').content,
      { type: 'image', mimeType: 'image/png', data: 'aGk=' },
      { type: 'resource', resource: { uri: 'file:///a.md', text: 'A text.' } },
    ],
  }));
  server.registerTool('fail', {}, () => ({ ...text('There is no such page.'), isError: true }));
  server.registerTool('large', { inputSchema: { bytes: z.number() } }, ({ bytes }) =>
    text('a'.repeat(bytes)),
  );
  server.registerTool('env', { inputSchema: { name: z.string() } }, ({ name }) =>
    text(process.env[name] ?? 'not set'),
  );
  server.registerTool('about_call', {}, (extra) =>
    text(JSON.stringify({ meta: extra._meta, key: extra.requestInfo?.headers['x-key'] })),
  );
  server.registerTool('sleep', { inputSchema: {} }, async (_, { signal }) => {
    await setTimeout(60_000, undefined, { signal });
    return text('awake');
  });
  server.registerTool('slow', {}, async () => {
    await setTimeout(200);
    return text('done');
  });
  if (flags.includes('endless'))
    server.server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: [{ name: `t${randomUUID()}`, inputSchema: { type: 'object' } }],
      nextCursor: 'more',
    }));
  return server;
}

if (port === undefined || port === 'stdio') {
  await newServer().connect(new StdioServerTransport());
} else {
  /** @type {Map<string, StreamableHTTPServerTransport>} */
  const sessions = new Map();
  const http = createServer((request, response) => {
    void (async () => {
      const session = request.headers['mcp-session-id'];
      let transport = sessions.get(String(session));
      if (session !== undefined && transport === undefined) {
        response.writeHead(404).end('no such session');
        return;
      }
      if (transport === undefined) {
        const made = new StreamableHTTPServerTransport({
          sessionIdGenerator: randomUUID,
          enableJsonResponse: flags.includes('json'),
          onsessioninitialized: (id) => void sessions.set(id, made),
        });
        transport = made;
        await newServer().connect(/** @type {any} */ (transport));
      }
      await transport.handleRequest(request, response);
    })();
  });
  http.listen(Number(port), '127.0.0.1', () => {
    console.log(/** @type {any} */ (http.address()).port);
  });
}
