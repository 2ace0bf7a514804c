import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Missing } from './executable.js';
import { runProgram } from './program.js';
import type { Search } from './search.js';

/** Where its host can't be reached, pip may still work: so not longer. */
const WITHIN = 10_000;

/** The download that the Temporal SDK itself uses for its test servers: from temporal.download, the release for this SDK. */
export async function download(
  folder: string,
  { env, signal }: Search,
): Promise<{ readonly file: string } | Missing> {
  const require = createRequire(import.meta.url);
  const { version } = require('@temporalio/worker/package.json') as { version: string };
  const sdk = require.resolve('@temporalio/worker');
  // A process of its own, because the SDK's runtime is one per process, and this one may want to install its own.
  const ran = await runProgram(process.execPath, ['--eval', DOWNLOAD, '--', sdk, version, folder], {
    env: { ...env, NODE_OPTIONS: undefined },
    signal,
    within: WITHIN,
  });
  const name = (await readdir(folder)).find((each) => !each.endsWith(UNFINISHED));
  if (ran.ok && name !== undefined) return { file: path.join(folder, name) };
  return { reason: ran.ok ? 'nothing came' : ran.reason };
}

/** What the SDK appends to a file's name until the file is whole. */
const UNFINISHED = '.downloading';

/**
 * The SDK offers the download only together with a start of what it has downloaded. With `--help` that start ends by
 * itself at once, so that no server is left behind; and nobody waits for it: the file is there before.
 */
const DOWNLOAD = `
const { readdirSync } = require('node:fs');
const [sdk, sdkVersion, downloadDir] = process.argv.slice(1);
const { DefaultLogger, Runtime } = require(sdk);

Runtime.install({ logger: new DefaultLogger('ERROR') });
Runtime.instance()
  .createEphemeralServer({
    type: 'dev-server',
    exe: {
      type: 'cached-download',
      downloadDir,
      version: 'default',
      ttl: 86_400_000,
      sdkName: 'sdk-typescript',
      sdkVersion,
    },
    ip: '127.0.0.1',
    port: null,
    ui: false,
    uiPort: null,
    namespace: 'default',
    dbFilename: null,
    log: { format: 'pretty', level: 'error' },
    extraArgs: ['--help'],
  })
  .catch((error) => {
    process.stderr.write(error.message, () => process.exit(1));
  });

setInterval(() => {
  if (readdirSync(downloadDir).some((name) => !name.endsWith('${UNFINISHED}'))) process.exit(0);
}, 50);
`;
