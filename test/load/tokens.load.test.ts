import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Agent, openaiCompatible, Workflow } from '../../src/index.js';
import { isContent, read } from '../support/stream.js';
import { testBed } from '../support/temporal.js';

const WORDS = 60;

/** A workflow of one agent, whose model's server does so with each answer. */
async function writing(answer: (response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const baseURL = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`;
  const model = openaiCompatible({ baseURL, id: 'm' });
  const workflow = new Workflow({ name: 'Writing', steps: [new Agent({ name: 'Writer', model })] });
  const { client, worker } = await testBed();
  await worker([workflow]);
  return { workflow, client };
}

function write(response: ServerResponse, content: string, finish: string | null = null): void {
  const choice = { delta: { content }, finish_reason: finish };
  response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
}

test('a word that a model writes is told within 400 ms: the median', async () => {
  const sent: number[] = [];
  const { workflow, client } = await writing((response) => {
    const timer = setInterval(() => {
      if (sent.length < WORDS) {
        sent.push(Date.now());
        write(response, 'x');
        return;
      }
      clearInterval(timer);
      write(response, '', 'stop');
      response.end('data: [DONE]\n\n');
    }, 50);
  });
  const lags: number[] = [];
  for await (const event of workflow.run('x', { stream: true, client })) {
    if (!isContent(event)) continue;
    for (let at = 0; at < event.content.length; at++)
      lags.push(Date.now() - sent[event.position + at]!);
  }
  expect(lags).toHaveLength(WORDS);
  const median = lags.sort((one, other) => one - other)[WORDS / 2]!;
  console.log(`A word is told after ${String(median)} ms: the median.`);
  expect(median).toBeLessThan(400);
});

test.each([
  ['while it writes', 50],
  ['while it is silent', null],
])(
  "the provider's connection is closed within a second of a cancel in the middle of a stream: %s",
  async (_, every) => {
    let closed: Promise<number> = Promise.reject(new Error('nobody asked'));
    closed.catch(() => undefined);
    const { workflow, client } = await writing((response) => {
      closed = once(response, 'close').then(() => Date.now());
      write(response, 'word ');
      if (every === null) return;
      const timer = setInterval(() => {
        write(response, 'word ');
      }, every);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    const stream = workflow.run('x', { stream: true, client });
    for await (const event of stream) if (isContent(event)) break;
    const asked = Date.now();
    await workflow.cancelRun(await stream.runId, { client });
    expect((await closed) - asked).toBeLessThan(1_000);
    expect((await read(stream)).at(-1)).toMatchObject({ event: 'WorkflowCancelled' });
  },
);
