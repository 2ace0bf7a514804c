/** What Agno's `db` is for: runs that are there when the process that started them is gone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Step, Workflow } from 'outlast';
import { startLocal } from 'outlast/local';

const greeting = new Workflow<string, string>({
  name: 'Greeting',
  steps: [new Step({ name: 'Greet', executor: ({ input }) => `Hello, ${input}!` })],
});

const folder = await mkdtemp(path.join(tmpdir(), 'outlast-'));
const file = path.join(folder, 'workflow.db');

const yesterday = await startLocal({ workflows: [greeting], file });
const { runId } = await greeting.run('Ada');
await yesterday.close();

const today = await startLocal({ workflows: [greeting], file });
const run = await greeting.getRun(runId);
console.log(run?.status, run?.content);
console.log((await greeting.listRuns()).length);
await today.close();

await rm(folder, { recursive: true });
