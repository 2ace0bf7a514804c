import path from 'node:path';
import { Parallel, Step, StepOutput, Steps, Workflow, type Run } from '../../src/index.js';
import { threeSteps } from '../failure/programs/three-steps.js';
import { journal, workerProcess } from '../support/processes.js';
import { finished, type TestBed } from '../support/temporal.js';

/** What kinds of history there are: each brings a run to where its history is to be recorded. */
export type Scenario = (bed: TestBed) => Promise<Run>;

const say = (name: string): Step => new Step({ name, executor: () => name });

const fails = (name: string, times: number, options: object = {}): Step =>
  new Step({
    name,
    retry: { initialInterval: 1 },
    ...options,
    executor: (_, { attempt }) => {
      if (attempt <= times) throw new TypeError(`failure ${String(attempt)}`);
      return name;
    },
  });

/** Runs to the end. */
const complete =
  (workflow: Workflow, input: unknown = null, options: object = {}): Scenario =>
  async (bed) => {
    await bed.worker([workflow]);
    const run = await bed.client.run(workflow, input as null, { ...options, background: true });
    return finished(run);
  };

const endless = new Step({
  name: 'Endless',
  executor: (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    }),
});

async function underWay(bed: TestBed, run: Run): Promise<Run> {
  for (;;) {
    const now = await run.refresh();
    if (now.activeSteps.some(({ state }) => state === 'running')) return now;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  step: complete(new Workflow({ name: 'Step', steps: [say('only')] }), { topic: 'input' }),

  'steps-nested': complete(
    new Workflow({
      name: 'Steps',
      steps: [new Steps({ name: 'Outer', steps: [say('a'), new Steps({ steps: [say('b')] })] })],
    }),
  ),

  'parallel-nested': complete(
    new Workflow({
      name: 'Parallel',
      steps: [
        new Parallel({
          name: 'Branches',
          maxConcurrency: 2,
          steps: [say('a'), new Steps({ name: 'S', steps: [say('b'), say('c')] }), say('d')],
        }),
        new Parallel({ steps: [say('e'), new Parallel({ steps: [say('f'), say('g')] })] }),
        say('end'),
      ],
    }),
  ),

  'names-repeated-and-encoded': complete(
    new Workflow({ name: 'Names / 100 %', steps: [say('a/b'), say('a/b'), say('#2'), say('é')] }),
  ),

  'input-parsed-session-and-options': complete(
    new Workflow({
      name: 'Options',
      sessionState: { own: true },
      steps: [
        new Step({ name: 'tell', executor: ({ additionalData }) => additionalData }),
        new Step({
          name: 'change',
          executor: (_, { sessionState }) => {
            sessionState['n'] = 1;
          },
        }),
        new Step({ name: 'state', executor: (_, { sessionState }) => sessionState }),
      ],
    }),
    'input',
    {
      sessionId: 's',
      userId: 'u',
      additionalData: { large: 'x'.repeat(3_000) },
      sessionState: { given: [1] },
      timeout: '1 hour',
    },
  ),

  'state-of-branches': complete(
    new Workflow({
      name: 'State',
      sessionState: { list: [0] },
      steps: [
        new Parallel({
          steps: ['a', 'b', 'c'].map(
            (name) =>
              new Step({
                name,
                executor: (_, { sessionState }) => {
                  sessionState[name] = name;
                  (sessionState['list'] as string[]).push(name);
                },
              }),
          ),
        }),
        new Step({ name: 'state', executor: (_, { sessionState }) => sessionState }),
      ],
    }),
  ),

  'large-outputs-by-reference': complete(
    new Workflow({
      name: 'Large',
      steps: [
        ...['a', 'b', 'c'].map((name) => new Step({ name, executor: () => name.repeat(5_000) })),
        new Parallel({
          name: 'Lengths',
          steps: ['a', 'b', 'c'].map(
            (name) =>
              new Step({
                name: `length of ${name}`,
                executor: (input) => String(input.getStepContent(name)).length,
              }),
          ),
        }),
        new Step({ name: 'all', executor: (input) => input.getAllPreviousContent().length }),
      ],
    }),
  ),

  retry: complete(new Workflow({ name: 'Retry', steps: [fails('flaky', 2), say('end')] })),

  failure: complete(
    new Workflow({
      name: 'Failure',
      maxRetries: 1,
      steps: [say('first'), fails('bad', 9), say('never')],
    }),
  ),

  'failure-in-a-branch': complete(
    new Workflow({
      name: 'Branch fails',
      maxRetries: 0,
      steps: [
        new Steps({ steps: [new Parallel({ steps: [say('good'), fails('bad', 9)] })] }),
        say('never'),
      ],
    }),
  ),

  skip: complete(
    new Workflow({
      name: 'Skip',
      steps: [say('first'), fails('bad', 9, { maxRetries: 0, onError: 'skip' }), say('end')],
    }),
  ),

  stop: complete(
    new Workflow({
      name: 'Stop',
      steps: [
        new Parallel({
          steps: [
            new Step({
              name: 'stops',
              executor: () => new StepOutput({ content: 'enough', stop: true }),
            }),
            say('other'),
          ],
        }),
        say('never'),
      ],
    }),
  ),

  'step-timeout': complete(
    new Workflow({
      name: 'Too slow',
      steps: [
        new Step({
          name: 'slow',
          timeout: 50,
          maxRetries: 0,
          executor: () => new Promise(() => undefined),
        }),
      ],
    }),
  ),

  'run-timeout': complete(
    new Workflow({ name: 'Run timeout', steps: [say('first'), endless, say('never')] }),
    null,
    { timeout: 300 },
  ),

  'input-refused': async (bed) => {
    const { z } = await import('zod');
    const workflow = new Workflow({
      name: 'Refused',
      inputSchema: z.object({ topic: z.string() }),
      steps: [say('never')],
    });
    await bed.worker([workflow]);
    return finished(await bed.client.run('Refused', { topic: 1 }, { background: true }));
  },

  cancel: async (bed) => {
    const workflow = new Workflow({
      name: 'Cancel',
      steps: [say('first'), new Parallel({ steps: [endless, say('other')] }), say('never')],
    });
    await bed.worker([workflow]);
    const run = await bed.client.run(workflow, null, { background: true });
    await underWay(bed, run);
    await run.cancel();
    return finished(run);
  },

  terminate: async (bed) => {
    const workflow = new Workflow({ name: 'Terminate', steps: [say('first'), endless] });
    await bed.worker([workflow], { shutdownGrace: 0 });
    const run = await bed.client.run(workflow, null, { background: true });
    await underWay(bed, run);
    await run.cancel({ force: true });
    return finished(run);
  },

  'plan-from-another-worker': async (bed) => {
    const workflow = new Workflow({ name: 'Elsewhere', steps: [say('only')] });
    const other = await bed.worker([new Workflow({ name: 'Other', steps: [say('other')] })]);
    const run = await bed.client.run(workflow, null, { background: true });
    while ((await run.refresh()).health.state !== 'retrying') {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await other.close();
    await bed.worker([workflow]);
    return finished(run);
  },

  'lost-worker': async (bed) => {
    const program = path.join(import.meta.dirname, '../failure/programs/three-steps.ts');
    const log = journal();
    const first = await workerProcess(program, bed, log);
    const run = await bed.client.run(threeSteps, 1, { background: true });
    await log.wrote('two');
    await first.kill();
    await workerProcess(program, bed, log);
    return finished(run);
  },

  open: async (bed) => {
    const workflow = new Workflow({
      name: 'Open',
      steps: [say('first'), new Parallel({ steps: [say('quick'), endless] })],
    });
    await bed.worker([workflow], { shutdownGrace: 0 });
    const run = await bed.client.run(workflow, null, { background: true });
    return underWay(bed, run);
  },
};
