import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomPrograms } from '../support/random-programs.js';
import { Reference, refusedNode } from '../support/reference/run.js';

const PROGRAMS = 3_000;

test('the reference interpreter has an answer for every program', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(randomPrograms(), ({ definition, input }) => {
      expect(refusedNode(definition)).toBeNull();
      const run = new Reference(definition).run(input);
      if ('rejected' in run) throw new Error('No program has a schema.');
      expect(run.events.at(-1)?.event).toMatch(/^Workflow(Completed|Error)$/);
      for (const { event } of run.events) seen.add(event);
      seen.add(run.status);
    }),
    { numRuns: PROGRAMS, seed: 1 },
  );
  // Programs in which nothing happens would prove nothing.
  expect([...seen].sort()).toMatchInlineSnapshot(`
    [
      "ConditionExecutionCompleted",
      "ConditionExecutionStarted",
      "ForEachExecutionCompleted",
      "ForEachExecutionStarted",
      "LoopExecutionCompleted",
      "LoopExecutionStarted",
      "LoopIterationCompleted",
      "LoopIterationStarted",
      "ParallelExecutionCompleted",
      "ParallelExecutionStarted",
      "RouterExecutionCompleted",
      "RouterExecutionStarted",
      "StepCompleted",
      "StepError",
      "StepStarted",
      "StepsExecutionCompleted",
      "StepsExecutionStarted",
      "WorkflowCompleted",
      "WorkflowError",
      "WorkflowStarted",
      "completed",
      "failed",
    ]
  `);
});
