import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import {
  Agent,
  Condition,
  ForEach,
  Loop,
  openaiCompatible,
  Parallel,
  Router,
  Step,
  StepOutput,
  Steps,
  Team,
  tool,
  Workflow,
  type Executor,
  type Json,
  type Run,
} from '../../src/index.js';
import { scriptedModel, type ScriptedTurn } from '../../src/testing/index.js';
import { sessionWorkflowId } from '../../src/plan/session.js';
import { threeSteps } from '../failure/programs/three-steps.js';
import { SEGMENT_EVENTS_OPTION } from '../../src/worker/create-worker.js';
import { journal, workerProcess } from '../support/processes.js';
import { finished, type TestBed } from '../support/temporal.js';

/** What kinds of history there are: each brings a run to where its history is to be recorded. */
export type Scenario = (bed: TestBed) => Promise<Pick<Run, 'runId'>>;

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

const increment: Executor<Json> = (_, { sessionState }) => {
  sessionState['n'] = Number(sessionState['n'] ?? 0) + 1;
  return sessionState['n'];
};

/** Runs to the end. */
const complete =
  (workflow: Workflow, input: unknown = null, options: object = {}): Scenario =>
  (bed) =>
    bed.complete(workflow, input, options);

/** Each run of it changes its session, and one of its steps sees a long history of it. */
const inSession = (options: object = {}): Workflow =>
  new Workflow({
    name: 'In session',
    sessionState: { log: [] },
    ...options,
    steps: [
      new Step({
        name: 'Log',
        executor: ({ input }, { sessionState }) => {
          (sessionState['log'] as unknown[]).push(input);
          return 'x'.repeat(3_000);
        },
      }),
      new Step({ name: 'Recall', executor: (input) => input.getWorkflowHistory().length }),
      new Step({ name: 'Last', executor: (input) => input.getStepContent('Log') }),
    ],
  });

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

const look = tool({
  name: 'look',
  description: 'Looks something up.',
  parameters: z.object({ topic: z.string(), long: z.boolean().default(false) }),
  maxRetries: 0,
  execute: ({ topic, long }, { sessionState }) => {
    if (topic === 'nothing') throw new Error('there is nothing');
    sessionState[topic] = true;
    return `about ${topic}`.repeat(long ? 500 : 1);
  },
});

const looks = (topic: string, args: object = {}) => ({
  name: 'look',
  arguments: { topic, ...args },
});

/** A run of a workflow with an agent, whose model plays a script. */
const conversing =
  (script: readonly ScriptedTurn[], options: { readonly maxTurns?: number } = {}): Scenario =>
  async (bed) => {
    await using model = await scriptedModel(script);
    const agent = new Agent({ name: 'A/gent', model: model.model, tools: [look], ...options });
    const step = new Step({ name: 'Think', agent, retry: { initialInterval: 1 } });
    const workflow = new Workflow({ name: 'Converse', steps: [say('first'), step, say('last')] });
    return await complete(workflow, 'topic')(bed);
  };

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

  agent: conversing([
    { calls: [looks('bees'), looks('wasps', { long: true }), looks('nothing')] },
    { status: 503 },
    { text: 'Once more.', calls: [looks('bees'), { name: 'unknown', arguments: {} }] },
    { calls: [looks('x'.repeat(3_000))] },
    'the answer',
  ]),

  'condition-loop-router': complete(
    new Workflow({
      name: 'Decisions',
      steps: [
        new Condition({
          evaluator: ({ input }) => input === 'topic',
          steps: [
            new Loop({
              steps: [say('draft'), new Step({ name: 'count', executor: increment })],
              endCondition: (_, { sessionState }) => Number(sessionState['n']) >= 2,
              forwardIterationOutput: true,
            }),
          ],
          elseSteps: [say('never')],
        }),
        new Condition({ name: 'Literal', evaluator: false, steps: [say('never')] }),
        new Router({ selector: () => ['b', 'a', 'b'], choices: [say('a'), say('b'), say('c')] }),
      ],
    }),
    'topic',
  ),

  'question-by-an-activity': complete(
    new Workflow({
      name: 'Slow question',
      steps: [new Condition({ evaluator: () => true, evaluate: 'activity', steps: [say('yes')] })],
    }),
  ),

  'question-that-fails': complete(
    new Workflow({
      name: 'Wrong question',
      steps: [new Router({ selector: () => 'nothing', choices: [say('a')] })],
    }),
  ),

  'for-each': complete(
    new Workflow({
      name: 'Items',
      steps: [
        new Step({ name: 'List', executor: () => ['a'.repeat(3_000), { b: 1 }, 3] }),
        new ForEach({
          items: 'List',
          maxConcurrency: 2,
          step: new Steps({
            name: 'Each',
            steps: [new Step({ name: 'item', executor: increment })],
          }),
        }),
        new ForEach({ name: 'Asked', items: () => [1, 2], step: say('one') }),
      ],
    }),
  ),

  'nested-workflow': complete(
    new Workflow({
      name: 'Outer',
      steps: [say('before'), new Workflow({ name: 'Inner', steps: [say('inside')] }), say('after')],
    }),
  ),

  'goes-on-in-another-execution': async (bed) => {
    const workflow = new Workflow({
      name: 'Long',
      steps: [
        say('first'),
        new Parallel({
          steps: [
            new Loop({ maxIterations: 8, steps: [say('again'), say('y'.repeat(100))] }),
            say('b'),
          ],
        }),
        new Step({ name: 'State', executor: increment }),
      ],
    });
    await bed.worker([workflow], { [SEGMENT_EVENTS_OPTION]: 20 });
    return finished(await bed.client.run(workflow, null, { background: true }));
  },

  'agent-out-of-turns': conversing([{ calls: [looks('bees')] }, { calls: [looks('wasps')] }], {
    maxTurns: 2,
  }),

  'agent-refused': conversing([{ status: 404, message: 'no such model' }]),

  'agents-in-parallel': async (bed) => {
    await using model = await scriptedModel(({ messages }) =>
      messages.length > 1 ? 'an answer' : { calls: [looks('bees'), looks('wasps')] },
    );
    const agents = ['A', 'B'].map((name) => new Agent({ name, model: model.model, tools: [look] }));
    const workflow = new Workflow({ name: 'Agents', steps: [new Parallel({ steps: agents })] });
    return await complete(workflow)(bed);
  },

  'team-within-a-budget': async (bed) => {
    await using server = await scriptedModel(({ body, messages }) => {
      const leads = JSON.stringify(body['tools'] ?? []).includes('delegate_task_to_all_members');
      const [, asked] = messages;
      if (leads)
        return { calls: [{ name: 'delegate_task_to_all_members', arguments: { task: 'x' } }] };
      return asked === undefined ? { calls: [looks('bees')] } : 'what is known';
    });
    const { baseURL } = server;
    const price = { input: 1_000, output: 2_000 };
    const model = openaiCompatible({ baseURL, id: 'm', price });
    const budget = { cost: 0.04, tokens: 1_000, duration: '1 h' } as const;
    const team = new Team({
      ...{ name: 'Crew', mode: 'collaborate', model, budget, onBudget: 'finish' },
      members: ['A', 'B'].map((name) => new Agent({ name, model, tools: [look] })),
    });
    const workflow = new Workflow({ name: 'Budget', steps: [team, say('last')] });
    return await complete(workflow, 'topic', { sessionId: randomUUID() })(bed);
  },

  'on-finish': complete(
    new Workflow({ name: 'Finish', steps: [say('only')], onFinish: () => 'told' }),
  ),

  'on-finish-of-a-failure': complete(
    new Workflow({
      name: 'Finish',
      steps: [fails('broken', 9, { maxRetries: 0 })],
      onFinish: {
        maxRetries: 1,
        retry: { initialInterval: 1 },
        executor: () => {
          throw new Error('nobody there');
        },
      },
    }),
  ),

  'on-finish-of-a-cancelled-run': async (bed) => {
    const workflow = new Workflow({ name: 'Finish', steps: [endless], onFinish: () => 'told' });
    await bed.worker([workflow]);
    const run = await bed.client.run(workflow, null, { background: true });
    await underWay(bed, run);
    await run.cancel();
    return finished(run);
  },

  'on-finish-of-a-refused-input': async (bed) => {
    const inputSchema = z.object({ topic: z.string() });
    const steps = [say('never')];
    await bed.worker([
      new Workflow({ name: 'Finish', inputSchema, steps, onFinish: () => 'told' }),
    ]);
    return finished(await bed.client.run('Finish', 5, { background: true }));
  },

  session: async (bed) => {
    const options = { sessionId: randomUUID() };
    await complete(inSession(), 'first', options)(bed);
    return complete(inSession(), 'second', { ...options, sessionState: { given: 1 } })(bed);
  },

  'session-with-a-queue': async (bed) => {
    const options = { sessionId: randomUUID() };
    const workflow = inSession({ sessionConcurrency: 'queue' });
    await complete(workflow, 'first', options)(bed);
    return complete(workflow, 'second', options)(bed);
  },

  'session-itself': async (bed) => {
    const sessionId = randomUUID();
    const workflow = inSession({ sessionConcurrency: 'queue' });
    const { client } = bed;
    await bed.worker([workflow]);
    await Promise.all(['a', 'b', 'c'].map((input) => client.run(workflow, input, { sessionId })));
    await client.updateSessionState(sessionId, { given: 1 });
    await client.renameSession(sessionId, 'Named');
    return { runId: sessionWorkflowId(sessionId) ?? '' };
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
