import { expect, test } from 'vitest';
import {
  Condition,
  ForEach,
  Loop,
  Parallel,
  Router,
  Step,
  StepOutput,
  Steps,
  Workflow,
  type FinishedRun,
  type StepResult,
} from '../../src/index.js';
import { testBed } from '../support/temporal.js';

const append = (text: string, name = text): Step =>
  new Step({
    name,
    executor: ({ previousStepContent, input }) => `${String(previousStepContent ?? input)}${text}`,
  });

async function complete(workflow: Workflow, input: unknown = 'in'): Promise<FinishedRun> {
  const bed = await testBed();
  const run = await bed.complete(workflow, input);
  expect(run.error).toBeNull();
  return run;
}

const contents = (results: readonly StepResult[]): unknown[] =>
  results.map(({ content }) => content);

test('a condition does its steps, or the others', async () => {
  const condition = (name: string, answer: string): Condition =>
    new Condition({
      name,
      evaluator: ({ input }, { sessionState }) =>
        input === answer && sessionState['n'] === undefined,
      steps: [append('+yes')],
      elseSteps: [append('+no')],
    });
  const run = await complete(
    new Workflow({ name: 'W', steps: [condition('A', 'in'), condition('B', 'other')] }),
  );
  expect(run.content).toBe('in+yes+no');
  expect(run.stepResults.map(({ type, steps }) => [type, contents(steps)])).toEqual([
    ['Condition', ['in+yes']],
    ['Condition', ['in+yes+no']],
  ]);
});

test('a loop forwards what its iterations give, and its end condition sees an iteration', async () => {
  const run = await complete(
    new Workflow({
      name: 'W',
      steps: [
        append('.'),
        new Loop({
          steps: [append('a'), append('b'.repeat(3_000), 'b')],
          forwardIterationOutput: true,
          maxIterations: 10,
          endCondition: (outputs) =>
            outputs.length === 2 && String(outputs[1]?.content).split('a').length > 3,
        }),
        new Step({
          name: 'seen',
          executor: (input) => [
            [...input.previousStepOutputs.keys()],
            input.getStepContent('a') === input.getStepOutput('Loop')?.steps[0]?.content,
            input.getStepOutput('Loop')?.steps.length,
          ],
        }),
      ],
    }),
  );
  expect(run.content).toEqual([['.', 'Loop'], true, 2]);
  expect(run.stepResults[1]?.steps).toHaveLength(6);
});

test('a router does what its selector names, in that order, more than once too', async () => {
  const last = append('c');
  const run = await complete(
    new Workflow({
      name: 'W',
      steps: [
        new Router({
          selector: () => ['b', last, 'b'],
          choices: [append('a'), append('b'), last],
        }),
      ],
    }),
  );
  expect(run.content).toBe('inbcb');
});

test('what a router selects more than once is told apart within another that is selected more than once', async () => {
  const inner = new Router({
    name: 'inner',
    selector: () => ['a', 'a', 'a'],
    choices: [append('a')],
  });
  const run = await complete(
    new Workflow({
      name: 'W',
      steps: [
        new Router({
          selector: () => ['inner', 'b', 'inner'],
          choices: [inner, append('b')],
        }),
      ],
    }),
  );
  expect(run.content).toBe('inaaabaaa');
  const calls = run.stepResults[0]?.steps.flatMap(({ content, steps }) =>
    steps.length === 0 ? [content] : contents(steps),
  );
  expect(calls).toEqual(['ina', 'inaa', 'inaaa', 'inaaab', 'inaaaba', 'inaaabaa', 'inaaabaaa']);
});

test('a node for each item, with results in their order', async () => {
  const run = await complete(
    new Workflow({
      name: 'W',
      steps: [
        new Step({ name: 'List', executor: () => ['x'.repeat(3_000), { y: 1 }, null, 'z'] }),
        new ForEach({
          items: 'List',
          step: new Steps({
            name: 'Each',
            steps: [
              new Step({
                name: 'Item',
                executor: ({ previousStepContent: item }, { sessionState }) => {
                  sessionState['seen'] = [item === null ? 'nothing' : typeof item];
                  return item;
                },
              }),
              new Step({
                name: 'Length',
                executor: ({ previousStepContent }) => JSON.stringify(previousStepContent).length,
              }),
            ],
          }),
        }),
        new ForEach({
          name: 'Made',
          items: ({ previousStepContent }) => [...(previousStepContent as number[]), 4],
          step: new Step({
            name: 'Twice',
            executor: ({ previousStepContent: n }) => Number(n) * 2,
          }),
        }),
        new Step({
          name: 'All',
          executor: ({ previousStepContent }, { sessionState }) => ({
            previousStepContent,
            sessionState,
          }),
        }),
      ],
    }),
  );
  expect(run.content).toEqual({
    previousStepContent: [6004, 14, 8, 6, 8],
    sessionState: { seen: ['string', 'object', 'nothing', 'string'] },
  });
});

test('a workflow is a step, as a run of its own that each knows of the other', async () => {
  const inner = new Workflow({
    name: 'Inner',
    steps: [
      append('+inner'),
      new Step({
        name: 'Who',
        executor: ({ previousStepContent }, { userId }) => [previousStepContent, userId],
      }),
    ],
  });
  const bed = await testBed();
  const workflow = new Workflow({
    name: 'Outer',
    steps: [append('+outer'), inner, (input) => input.previousStepContent],
  });
  await bed.worker([workflow]);
  const run = await bed.client.run(workflow, 'in', { userId: 'u' });
  expect(run.content).toEqual(['in+outer+inner', 'u']);
  const [, nested] = run.stepResults;
  expect(nested).toMatchObject({ name: 'Inner', type: 'Step', content: ['in+outer+inner', 'u'] });
  const child = await bed.client.getRun(nested!.runId!);
  expect(child).toMatchObject({
    workflowName: 'Inner',
    status: 'completed',
    parentRunId: run.runId,
  });
});

test('a slow evaluator holds up nothing beside it, and is asked once more', async () => {
  const asked: number[] = [];
  let began = Infinity;
  const bed = await testBed();
  const workflow = new Workflow({
    name: 'W',
    steps: [
      new Parallel({
        steps: [
          new Condition({
            evaluator: async () => {
              asked.push(Date.now());
              await new Promise((resolve) => setTimeout(resolve, 5_000));
              return true;
            },
            steps: [append('yes')],
          }),
          new Step({ name: 'beside', executor: () => (began = Date.now()) }),
        ],
      }),
    ],
  });
  await bed.worker([workflow]);
  const run = await bed.client.run(workflow, 'in');
  expect(run.status).toBe('completed');
  expect(began - asked[0]!).toBeLessThan(1_500);
  expect(asked).toHaveLength(2);
});

test('stop ends the run from within all of them', async () => {
  const stop = new Step({
    name: 'stop',
    executor: () => new StepOutput({ content: 'halt', stop: true }),
  });
  const run = await complete(
    new Workflow({
      name: 'W',
      steps: [
        new Loop({
          steps: [
            new Router({
              selector: () => 'C',
              choices: [
                new Condition({
                  name: 'C',
                  evaluator: true,
                  steps: [new ForEach({ items: () => [1], step: stop })],
                }),
              ],
            }),
          ],
        }),
        append('never'),
      ],
    }),
  );
  expect(run.content).toEqual(['halt']);
  expect(run.stepResults).toHaveLength(1);
});
