import net from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { choosePorts, USUAL } from '../../src/local/ports.js';

const USUAL_ARE_FREE = (await isFree(USUAL.port)) && (await isFree(USUAL.uiPort));

describe('ports that nobody asked for', () => {
  test.runIf(USUAL_ARE_FREE)('are the usual ones where they are free', async () => {
    expect(await choosePorts({ port: undefined, uiPort: undefined })).toEqual(USUAL);
  });

  test('are free ones where the usual are taken', async () => {
    await take(USUAL.port);
    await take(USUAL.uiPort);
    const { port, uiPort } = await choosePorts({ port: undefined, uiPort: undefined });
    expect([port, uiPort]).not.toContain(USUAL.port);
    expect([port, uiPort]).not.toContain(USUAL.uiPort);
    expect(await Promise.all([isFree(port), isFree(uiPort)])).toEqual([true, true]);
  });
});

test('0 is any free port, never the same for both', async () => {
  const { port, uiPort } = await choosePorts({ port: 0, uiPort: 0 });
  expect(port).not.toBe(uiPort);
  expect(await Promise.all([isFree(port), isFree(uiPort)])).toEqual([true, true]);
});

describe('a port that is asked for', () => {
  test('is taken as it is when it is free', async () => {
    const { port } = await choosePorts({ port: 0, uiPort: 0 });
    expect(await choosePorts({ port, uiPort: 0 })).toMatchObject({ port });
  });

  test.each(['port', 'uiPort'] as const)('as `%s` is refused when it is taken', async (option) => {
    const taken = await take(0);
    const choice = choosePorts({ port: 0, uiPort: 0, [option]: taken });
    await expect(choice).rejects.toMatchObject({
      name: 'PortInUseError',
      code: 'PORT_IN_USE',
      port: taken,
      message: expect.stringContaining(`\`${option}\``),
    });
  });

  test('is refused when another process listens on all addresses', async () => {
    const taken = await take(0, '0.0.0.0');
    await expect(choosePorts({ port: taken, uiPort: 0 })).rejects.toThrow(
      'another process listens',
    );
  });
});

/** Listens on a port until the test has finished, and says which. A port that is taken already is as good. */
async function take(port: number, host = '127.0.0.1'): Promise<number> {
  const server = net.createServer();
  onTestFinished(() => {
    server.close();
  });
  return new Promise((resolve) => {
    server.on('error', () => {
      resolve(port);
    });
    server.listen(port, host, () => {
      resolve((server.address() as net.AddressInfo).port);
    });
  });
}

async function isFree(port: number): Promise<boolean> {
  const server = net.createServer();
  return new Promise((resolve) => {
    server.on('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
