import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDevServer, type DevServer } from '../../src/local/dev-server.js';
import { documentedIn } from './documented.js';
import { launch, root, type Ended } from './program.js';

/** Of each program of examples/agno, what docs/agno.md says that it prints. */
const documented = readFileSync(path.join(root, 'docs/agno.md'), 'utf8')
  .split(/^(?=## )/m)
  .flatMap((section) => documentedIn(section) ?? []);

let server: DevServer;
let ended: Ended;

/** In one process and on one server, which has no other worker: starting them is most of what a program takes. */
beforeAll(async () => {
  server = await startDevServer({ port: 0, uiPort: 0 });
  const files = documented.map(({ program }) => path.join('examples', program));
  const env = { TEMPORAL_ADDRESS: server.address };
  ended = await launch('../test/examples/programs/one-after-another.ts', files, env).ended;
}, 180_000);

afterAll(() => server.close());

test.each(documented)('$program prints what docs/agno.md says', ({ program, output }) => {
  const [, after = ''] = ended.stdout.split(`## examples/${program}\n`);
  const [printed] = after.split(/^## /m);
  expect(printed).toBe(`${output}\n`);
});

test('all of them end without a complaint', () => {
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
});

test('all of them are in docs/agno.md', () => {
  const files = readdirSync(path.join(root, 'examples/agno'));
  const programs = files.filter((file) => file !== 'serve.ts').map((file) => `agno/${file}`);
  expect(documented.map(({ program }) => program).toSorted()).toEqual(programs.toSorted());
});
