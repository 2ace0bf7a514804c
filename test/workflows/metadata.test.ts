import { expect, onTestFinished, test } from 'vitest';
import { Agent, Condition, Step, tool, Workflow, type Json } from '../../src/index.js';
import { recordHistory, scriptedModel } from '../../src/testing/index.js';
import { testBed } from '../support/temporal.js';

test.each([
  ['small', { trace: 'abc' }],
  ['large', { trace: 'x'.repeat(5_000) }],
])('%s metadata reaches whatever a run calls, and is recorded once', async (_, metadata) => {
  const told: Json[] = [];
  const tell = (_: unknown, context: { readonly metadata: Json }): void => {
    told.push(context.metadata);
  };
  const model = await scriptedModel([{ calls: [{ name: 'look', arguments: {} }] }, 'seen']);
  onTestFinished(() => model.close());
  const look = tool({ name: 'look', description: 'Looks.', execute: tell });
  const step = new Step({ name: 'step', executor: tell });
  const workflow = new Workflow({
    name: 'Outer',
    steps: [
      step,
      new Condition({
        evaluator: (input, context) => {
          tell(input, context);
          return true;
        },
        steps: [new Agent({ name: 'Agent', model: model.model, tools: [look] })],
      }),
      new Workflow({ name: 'Inner', steps: [step] }),
    ],
    onFinish: tell,
  });
  const bed = await testBed();
  await bed.worker([workflow]);
  const run = await bed.client.run(workflow, 'in', { metadata });
  expect(told).toEqual([metadata, metadata, metadata, metadata, metadata]);

  // Once for the run, and once for the run that is its step; in base64.
  const history = await recordHistory(run.runId, { client: bed.client });
  if (metadata.trace.length > 2_048)
    expect(history.split('eHh4'.repeat(1_600))).toHaveLength(1 + 2);
});

test('there is none where none was given, and what one call makes of it stays with that call', async () => {
  const bed = await testBed();
  const spoil = new Step({
    name: 'spoil',
    executor: (_, { metadata }) => {
      const before = { ...metadata };
      metadata['spoilt'] = true;
      return before;
    },
  });
  const run = await bed.complete(new Workflow({ name: 'W', steps: [spoil, spoil] }));
  expect(run.stepResults.map(({ content }) => content)).toEqual([{}, {}]);
});
