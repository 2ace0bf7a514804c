import { expect, onTestFinished, test } from 'vitest';
import { Step, Workflow } from '../../src/index.js';
import { startLocal } from '../../src/local/index.js';

test('a workflow within another has workers on the queues that it and its steps name', async () => {
  const inner = new Workflow({
    name: 'Inner',
    taskQueue: 'inner',
    steps: [new Step({ name: 'Who', taskQueue: 'steps', executor: () => 'inner' })],
  });
  const outer = new Workflow({ name: 'Outer', steps: [inner] });
  const local = await startLocal({ workflows: [outer], port: 0, uiPort: 0 });
  onTestFinished(() => local.close());
  const run = await outer.run(null, { background: true });
  const { content } = await run.wait({ timeout: '10 seconds' });
  expect(content).toBe('inner');
});
