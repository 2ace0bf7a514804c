import type { TestProject } from 'vitest/node';
import { startDevServer } from '../../src/local/dev-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the one dev server that all tests share. */
    temporal: { readonly address: string; readonly uiUrl: string };
  }
}

/** Names a server that is to be tested against instead: `host:port`. */
const ELSEWHERE = 'OUTLAST_TEST_ADDRESS';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const elsewhere = process.env[ELSEWHERE];
  if (elsewhere !== undefined) {
    project.provide('temporal', { address: elsewhere, uiUrl: 'http://localhost:8233' });
    return () => Promise.resolve();
  }
  const server = await startDevServer({ port: 0, uiPort: 0 });
  const { address, uiUrl } = server;
  project.provide('temporal', { address, uiUrl });
  return () => server.close();
}
