import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scriptedModel } from '../../src/testing/index.js';
import { descendantsOf, isAlive, root, run, start } from './program.js';

const DEMO = 'deep-research/demo.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'outlast-demo-'));
  await mkdir(path.join(folder, 'empty'));
  await writeFile(path.join(folder, 'bees.md'), BEES);
  await writeFile(path.join(folder, 'roses.md'), ROSES);
});

afterAll(() => rm(folder, { recursive: true }));

test('the demo tells the run, how it gets on, what it found, how long it took, and cites what is there', async () => {
  const { code, stdout, stderr } = await run(DEMO);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const [runId = ''] = /(?<=^Run +)deep-research-pipeline-[\w-]+$/m.exec(stdout) ?? [];
  const inOrder = [
    `Run        ${runId}`,
    'running  Research/Overview: turn 1',
    'done     Analysis',
    'done     Report',
    'done     Webhook',
    '# Research report',
    '**Sources**',
    'no language model has read or written this',
  ];
  const places = inOrder.map((text) => stdout.indexOf(text));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(stdout).toMatch(/^Took +\d+\.\d s$/m);
  expect(stdout).toMatch(/^Webhook +told, once: /m);
  expect(stdout).toMatch(/^ {2}running {2}Research\/\w+: search_documents$/m);
  expect(stdout).not.toContain('\x1b');
  expect(stdout).toMatch(new RegExp(`^Web UI +http://\\S+/workflows/${runId}/\\S+$`, 'm'));

  const sources = [...stdout.matchAll(/^\d+\. (\S+\.md)/gm)].map(([, file]) => file ?? '');
  const findings = [...stdout.matchAll(/^- .*$/gm)].map(([line]) => line);
  const documents = path.join(root, 'node_modules');
  expect(sources.filter((file) => !existsSync(path.join(documents, file)))).toEqual([]);
  expect(findings.length).toBeGreaterThan(2);
  for (const finding of findings) {
    const [, number] = /\[(\d+)\]$/.exec(finding) ?? [];
    expect(sources[Number(number) - 1]).toBeDefined();
  }
});

test('other documents give another report, of their sentences alone', async () => {
  const { stdout } = await run(DEMO, ['When do bees swarm?', '--documents', folder]);
  expect(reportOf(stdout)).toBe(`# Research report

**Question:** When do bees swarm?

## Bees

- Bees swarm in early summer, when the hive becomes too small for the colony. [1]

**Sources**

1. bees.md: Keeping bees

*Sentences of the documents, picked by outlast's offline model: no language model has read or written this.*
`);
});

test('another topic gives another report, also one that the documents say nothing of', async () => {
  const roses = await run(DEMO, ['pruning roses', '--documents', folder]);
  expect(reportOf(roses.stdout)).toContain('cut just above a bud that faces outward. [1]');
  expect(reportOf(roses.stdout)).not.toContain('swarm');

  const quanta = await run(DEMO, ['quantum chromodynamics', '--documents', folder]);
  expect(reportOf(quanta.stdout)).toContain('Nothing that was found answers the question.');
  expect(quanta.code).toBe(0);
});

test('Ctrl-C leaves no process, and says what becomes of the run', async () => {
  const demo = start(DEMO);
  await demo.wrote('Web UI');
  const children = descendantsOf(demo.child.pid);
  expect(children.length).toBeGreaterThan(0);
  demo.child.kill('SIGINT');
  const { code, stdout, stderr } = await demo.ended;
  expect(code).toBe(130);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/Interrupted: the run deep-research-\S+ is left unfinished/);
  // Those that end because this one has ended (tsx's compiler is one) take a moment.
  await expect.poll(() => children.filter(isAlive), { timeout: 5_000 }).toEqual([]);
});

test('--help says what may be given', async () => {
  const { code, stdout } = await run(DEMO, ['--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('--documents DIR');
});

test('an option that there is not ends it with the usage', async () => {
  const { code, stdout, stderr } = await run(DEMO, ['--folder', folder]);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain("Unknown option '--folder'");
  expect(stderr).toContain('--documents DIR');
});

test('a folder that is not there is told in a sentence', async () => {
  const missing = await run(DEMO, ['--documents', 'nowhere']);
  expect(missing).toMatchObject({ code: 1, stderr: 'Error: There is no folder nowhere.\n' });
});

test('of a folder without documents the report says that nothing was found', async () => {
  const { code, stdout } = await run(DEMO, ['--documents', path.join(folder, 'empty')]);
  expect(code).toBe(0);
  expect(reportOf(stdout)).toContain('Nothing that was found answers the question.');
});

test('with a key or an address in the environment, the agents ask that model', async () => {
  const server = await scriptedModel(({ messages }) =>
    messages.some(({ role }) => role === 'tool' || role === 'assistant')
      ? 'what the documents say'
      : messages[0]?.content?.includes('Search the documents') === true
        ? { calls: [{ name: 'search_documents', arguments: { query: 'bees' } }] }
        : '# Research report\n\nBees swarm.',
  );
  const { stdout } = await run(DEMO, ['bees', '--documents', folder], {
    OPENAI_BASE_URL: server.baseURL,
  });
  await server.close();
  expect(stdout).toMatch(/^Model +gpt-5-mini \(openai\)$/m);
  expect(reportOf(stdout)).toContain('Bees swarm.');
  // Two researchers of two turns each, the analyst and the writer.
  expect(server.requests).toHaveLength(6);
});

const BEES = `# Keeping bees

[![bees swarm](https://example.org/bees.svg)](https://example.org)

Bees **swarm** in [early summer](https://example.org), when the hive
becomes too small for the colony.

\`\`\`sh
bees swarm --when "the hive becomes too small for the colony".
\`\`\`

| bees | swarm |
| --- | --- |
| The bees of a table | swarm in a cell of the table, and not in a report. |

## Winter

A colony of bees lives through the winter on some fifteen kilograms of honey.
`;

const ROSES = `# Roses

Prune roses in late winter, before the buds swell, and cut just above a bud that faces outward.
`;

function reportOf(stdout: string): string {
  const [, report = ''] = /^(# Research report$[\s\S]*?)\nTook /m.exec(stdout) ?? [];
  return report;
}
