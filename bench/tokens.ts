/** How long a word takes from a model's server to who reads the run's events: `node --import tsx bench/tokens.ts 200` for 200 agents at once. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, openaiCompatible, Workflow } from 'outlast';
import { connect } from 'outlast/client';
import { startDevServer } from 'outlast/local';
import { createWorker } from 'outlast/worker';

const agents = Number(process.argv[2] ?? 1);
const WORDS = 200;
/** Milliseconds between two words. */
const EVERY = 50;

/** When a server wrote the words of each answer, by the prompt that asked for it. */
const sent = new Map<string, number[]>();
const provider = createServer((request, response) => {
  void (async () => {
    const body: Buffer[] = [];
    for await (const part of request) body.push(part as Buffer);
    const { messages } = JSON.parse(Buffer.concat(body).toString()) as {
      readonly messages: readonly { readonly content: string }[];
    };
    const times: number[] = [];
    sent.set(messages.at(-1)?.content ?? '', times);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => {
      const isLast = times.length === WORDS;
      const delta = isLast ? {} : { content: `${String(times.length % 10)} word` };
      const choice = { delta, finish_reason: isLast ? 'stop' : null };
      if (!isLast) times.push(Date.now());
      response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
      if (!isLast) return;
      clearInterval(timer);
      response.end('data: [DONE]\n\n');
    }, EVERY);
  })();
});
provider.listen(0, '127.0.0.1');
await once(provider, 'listening');
const { port } = provider.address() as AddressInfo;
const model = openaiCompatible({ baseURL: `http://127.0.0.1:${String(port)}/v1`, id: 'm' });

await using server = await startDevServer({ port: 0, uiPort: 0 });
const { address } = server;
const workflow = new Workflow({ name: 'Writing', steps: [new Agent({ name: 'Writer', model })] });
await using client = await connect({ address });
const worker = await createWorker({
  ...{ workflows: [workflow], connection: { address }, concurrency: agents },
});
const running = worker.run();

const LENGTH = '0 word'.length;
const lags: number[] = [];
await Promise.all(
  Array.from({ length: agents }, async (_, index) => {
    const prompt = `agent ${String(index)}`;
    for await (const event of client.run(workflow, prompt, { stream: true })) {
      if (event.event !== 'RunContent') continue;
      const now = Date.now();
      const times = sent.get(prompt) ?? [];
      const first = Math.ceil(event.position / LENGTH);
      const end = Math.ceil((event.position + event.content.length) / LENGTH);
      for (const time of times.slice(first, end)) lags.push(now - time);
    }
  }),
);
lags.sort((one, other) => one - other);
const at = (part: number): string => `${String(lags[Math.floor((lags.length - 1) * part)])} ms`;
console.log(
  `${String(agents)} agents at once, ${String(lags.length)} words, each of them told after`,
);
console.log(`  ${at(0.5)} (the median), ${at(0.95)} (95 of 100), ${at(1)} at most`);

await worker.close();
await running;
provider.close();
