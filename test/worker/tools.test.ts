import { expect, test, vi } from 'vitest';
import { Agent, Step, Workflow } from '../../src/index.js';
import { scriptedModel } from '../../src/testing/index.js';
import { mcpTools } from '../../src/tools/index.js';
import { isAlive, program } from '../tools/mcp-servers.js';
import { finished, testBed } from '../support/temporal.js';

test("an agent's MCP server starts again after it was killed, and ends with the worker", async () => {
  const { client, worker } = await testBed();
  await using tools = await mcpTools({ ...program('worker'), retry: { initialInterval: 1 } });
  const call = (name: string) => ({ calls: [{ name, arguments: {} }] });
  const pids: number[] = [];
  await using model = await scriptedModel(({ messages }) => {
    const results = messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));
    const last = Number(results.at(-1));
    if (last > 0) pids.push(last);
    if (results.length === 0) return call('who_is');
    if (results.length === 1) {
      process.kill(last, 'SIGKILL');
      return call('who_is');
    }
    return 'The end.';
  });
  const agent = new Agent({ name: 'Agent', model: model.model, tools: [tools] });
  const workflow = new Workflow({ name: 'W', steps: [new Step({ name: 'S', agent })] });
  const serving = await worker([workflow]);
  const run = await finished(await client.run(workflow, 'go', { background: true }));
  expect(run.content).toBe('The end.');
  const [first = 0, second = 0] = pids;
  expect(second).not.toBe(first);
  await vi.waitFor(() => {
    expect(isAlive(first)).toBe(false);
  });
  expect(isAlive(second)).toBe(true);
  await serving.close();
  expect(isAlive(second)).toBe(false);
});
