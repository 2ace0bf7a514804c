import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/client/index.js';
import { ServerUnreachableError } from '../../src/index.js';

test('a call that the server cuts off counts as one that it has not answered, not as refused', async () => {
  const address = await serverThatCutsOff(['GetSystemInfo', 'DescribeNamespace']);
  const client = await connect({ address, namespace: 'default' });
  onTestFinished(() => client.close());
  await expect(client.getRun('any')).rejects.toThrow(ServerUnreachableError);
});

/** Answers `answered` with nothing in particular, and resets every other call, as an overloaded server does. */
async function serverThatCutsOff(answered: readonly string[]): Promise<string> {
  const server = http2.createServer();
  server.on('stream', (stream, { ':path': path = '' }) => {
    if (!answered.some((name) => path.endsWith(`/${name}`))) {
      stream.close(http2.constants.NGHTTP2_CANCEL);
      return;
    }
    stream.on('wantTrailers', () => {
      stream.sendTrailers({ 'grpc-status': '0' });
    });
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    );
    // A message of no bytes, behind its header of five.
    stream.end(Buffer.alloc(5));
  });
  onTestFinished(() => {
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
