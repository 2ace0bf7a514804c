/** Serves a workflow over HTTP, on PORT or any port that is free, until Ctrl-C. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { startLocal } from 'outlast/local';
import { createApp } from './app.js';
import { report } from './workflow.js';

const HOST = '127.0.0.1';
const SHUTDOWN_GRACE_MS = 10_000;

try {
  await main(Number(process.env['PORT'] ?? 0));
  console.log('Stopped.');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main(port: number): Promise<void> {
  const stopped = new Promise((resolve) => {
    process.on('SIGINT', resolve).on('SIGTERM', resolve);
  });
  // With a server of yours in TEMPORAL_ADDRESS, workers are processes of their own: see examples/worker.ts.
  await using local = process.env['TEMPORAL_ADDRESS']
    ? null
    : await startLocal({ workflows: [report] });

  const server = createAdaptorServer({ fetch: createApp(report).fetch }) as Server;
  server.listen(port, HOST);
  await once(server, 'listening');
  console.log(`Serves    http://${HOST}:${(server.address() as AddressInfo).port}`);
  console.log(`Temporal  ${local?.address ?? process.env['TEMPORAL_ADDRESS']}`);

  await stopped;
  // Requests under way are answered; runs go on without us.
  server.close();
  setTimeout(() => {
    server.closeAllConnections();
  }, SHUTDOWN_GRACE_MS).unref();
  await once(server, 'close');
}
