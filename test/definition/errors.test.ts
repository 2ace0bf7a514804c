import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Agent } from '../../src/definition/agent.js';
import { offline } from '../../src/definition/model.js';
import { Condition } from '../../src/definition/condition.js';
import { ForEach } from '../../src/definition/for-each.js';
import { Loop } from '../../src/definition/loop.js';
import { Router } from '../../src/definition/router.js';
import { Parallel } from '../../src/definition/parallel.js';
import { Step } from '../../src/definition/step.js';
import { Steps } from '../../src/definition/steps.js';
import { WorkflowDefinition } from '../../src/definition/workflow.js';
import { DefinitionError } from '../../src/plan/errors.js';

type Faults = readonly [options: unknown, message: string][];

const work = (): null => null;
const draft = { name: 'Draft', executor: work };

describe('a step is refused', () => {
  test.each<[options: unknown, message: string]>([
    [undefined, 'Step must be given an object of options, got undefined'],
    [work, 'Step must be given an object of options, got the function work'],
    [{ ...draft, name: '' }, 'Step: `name` must be a string that is not empty, got ""'],
    [{ ...draft, name: ' ' }, 'Step: `name` must be a string that is not empty, got " "'],
    [{ ...draft, name: 7 }, 'Step: `name` must be a string that is not empty, got 7'],
    [
      { ...draft, name: 'a\nb' },
      'Step: `name` must be without control characters and halves of characters, got "a\\nb"',
    ],
    [{ ...draft, name: '\ud800' }, '`name` must be without control characters and halves'],
    [{ ...draft, name: 'é'.repeat(101) }, 'Step: `name` must have at most 200 bytes, got "é'],
    [{ name: 'Draft' }, 'Draft: `executor` must be a function, got undefined'],
    [{ name: 'Draft', executor: 'work' }, 'Draft: `executor` must be a function, got "work"'],
    [{ ...draft, run: 1 }, 'Draft must have no option `run`: the options are name, executor,'],
    [{ ...draft, max_retries: 1 }, 'Draft: `max_retries` must be spelled `maxRetries`'],
    [
      { ...draft, skipOnFailure: true },
      "Draft: `skipOnFailure` must be given as `onError: 'skip'`",
    ],
    [
      { ...draft, timeout_seconds: 30 },
      "Draft: `timeout_seconds` must be given as `timeout: '30 seconds'`",
    ],
    [
      { name: 'Draft', executor: Step },
      'Draft: `executor` must be a function, not a class: `(input)',
    ],
    [{ ...draft, description: 1 }, 'Draft: `description` must be a string, got 1'],
    [{ ...draft, onError: 'ignore' }, "Draft: `onError` must be 'fail' or 'skip', got \"ignore\""],
    [{ ...draft, onError: null }, "Draft: `onError` must be 'fail' or 'skip', got null"],
    [{ ...draft, taskQueue: '' }, 'Draft: `taskQueue` must be a string that is not empty, got ""'],
    [{ ...draft, aliases: 'Old' }, 'Draft: `aliases` must be a list of names, got "Old"'],
    [
      { ...draft, aliases: ['Old', 3] },
      'Draft: `aliases[1]` must be a string that is not empty, got 3',
    ],
    [
      { ...draft, outputSchema: { type: 'object' } },
      'Draft: `outputSchema` must be a zod schema, got an object with the keys type',
    ],
    [
      {
        name: 'Draft',
        agent: new Agent({ name: 'A', model: offline() }),
        outputSchema: z.string(),
      },
      'Draft: `outputSchema` must be given with an `executor`; an agent and a team have one of their own, and what a workflow gives is not checked yet, got a ZodString',
    ],
    ...policyFaults(draft, 'Draft'),
  ] satisfies Faults)('%o: %s', (options, message) => {
    expect(fault(() => new Step(options as never))).toContain(message);
  });
});

test('a ForEach is refused whose items are a list', () => {
  expect(fault(() => new ForEach({ name: 'F', items: [1] as never, step: work }))).toContain(
    'F: `items` must be a function that lists them, or the name of a step before, got a list of 1',
  );
});

describe.each([
  ['Steps', Steps],
  ['Parallel', Parallel],
] as const)('%s is refused', (kind, Container) => {
  test.each<[options: unknown, message: string]>([
    [[work], `${kind} must be given an object of options, got a list of 1`],
    [{}, `${kind}: \`steps\` must be a list of steps, got undefined`],
    [{ name: 'T', steps: [] }, 'T: `steps` must have at least one step, got an empty list'],
    [{ name: 'T', steps: new Step(draft) }, 'T: `steps` must be a list of steps, got a Step'],
    [
      { name: 'T', steps: [work, 12345] },
      'T: `steps[1]` must be a Step, Steps, Parallel, Condition, Loop, Router, ForEach, an Agent, a Team, a Workflow or a function, got 12345',
    ],
    [
      { name: 'T', steps: [work, { name: 'x', executor: work }] },
      'T: `steps[1]` must be a Step, Steps, Parallel, Condition, Loop, Router, ForEach, an Agent, a Team, a Workflow or a function, got an object with the keys name, executor',
    ],
    [
      { name: 'T', steps: [, work] },
      'T: `steps[0]` must be a Step, Steps, Parallel, Condition, Loop, Router, ForEach, an Agent, a Team, a Workflow or a function',
    ],
    [
      { name: 'T', steps: [Step] },
      'T: `steps[0]` must be a Step, Steps, Parallel, Condition, Loop, Router, ForEach, an Agent, a Team, a Workflow or a function, not a class: construct it with `new`, got the function Step',
    ],
    [{ name: 'T', steps: [work], foo: 1 }, 'T must have no option `foo`'],
    [{ name: 5, steps: [work] }, `${kind}: \`name\` must be a string that is not empty, got 5`],
    [
      { name: 'T', steps: [work, new Step({ ...draft, aliases: ['work'] })] },
      'T / Draft: `aliases` must not hold the name of another node beside it, got "work"',
    ],
  ] satisfies Faults)('%o: %s', (options, message) => {
    expect(fault(() => new Container(options as never))).toContain(message);
  });
});

test.each<[maxConcurrency: unknown, got: string]>([
  [0, '0'],
  [1.5, '1.5'],
  ['2', '"2"'],
])('a Parallel of at most %o branches at once is refused', (maxConcurrency, got) => {
  const options = { name: 'P', steps: [work], maxConcurrency } as never;
  expect(fault(() => new Parallel(options))).toBe(
    `P: \`maxConcurrency\` must be an integer from 1, got ${got}`,
  );
});

describe.each<[kind: string, construct: (options: never) => unknown, options: object]>([
  ['Condition', (options) => new Condition(options), { evaluator: true, steps: [work] }],
  ['Loop', (options) => new Loop(options), { steps: [work] }],
  ['Router', (options) => new Router(options), { selector: work, choices: [work] }],
  ['ForEach', (options) => new ForEach(options), { items: 'A', step: work }],
])('%s is refused', (kind, construct, options) => {
  test.each<[options: unknown, message: string]>([
    [[work], `${kind} must be given an object of options, got a list of 1`],
    [{ ...options, name: '' }, `${kind}: \`name\` must be a string that is not empty, got ""`],
    [
      { ...options, name: 'outlast.x' },
      `${kind}: \`name\` must not begin with 'outlast.', which names what is the engine's, got "outlast.x"`,
    ],
    [{ ...options, name: 'N', foo: 1 }, 'N must have no option `foo`: the options are name, '],
    [{ ...options, name: 'N', description: 1 }, 'N: `description` must be a string, got 1'],
    [{ ...options, name: 'N', aliases: 'Old' }, 'N: `aliases` must be a list of names, got "Old"'],
    [
      { ...options, name: 'N', evaluate: 'remote' },
      "N: `evaluate` must be 'local' or 'activity', got \"remote\"",
    ],
    [{ ...options, name: 'N', maxRetries: 1 }, 'N must have no option `maxRetries`'],
  ] satisfies Faults)('%o: %s', (given, message) => {
    expect(fault(() => construct(given as never))).toContain(message);
  });
});

const NODE =
  'a Step, Steps, Parallel, Condition, Loop, Router, ForEach, an Agent, a Team, a Workflow or a function';

test.each<[construct: (options: never) => unknown, options: object, message: string]>([
  ...(
    [
      [{ steps: [work] }, '`evaluator` must be a function, got undefined'],
      [{ evaluator: 'yes', steps: [work] }, '`evaluator` must be a function, got "yes"'],
      [{ evaluator: null, steps: [work] }, '`evaluator` must be a function, got null'],
      [{ evaluator: true }, '`steps` must be a list of steps, got undefined'],
      [{ evaluator: true, steps: [] }, '`steps` must have at least one step, got an empty list'],
      [{ evaluator: true, steps: [1] }, `\`steps[0]\` must be ${NODE}, got 1`],
      [
        { evaluator: true, steps: [work], elseSteps: [] },
        '`elseSteps` must have at least one step, got an empty list',
      ],
      [
        { evaluator: true, steps: [work], elseSteps: work },
        '`elseSteps` must be a list of steps, got the function work',
      ],
      [
        { evaluator: true, steps: [work], elseSteps: [new Step({ ...draft, aliases: ['work'] })] },
        'N / Draft: `aliases` must not hold the name of another node beside it, got "work"',
      ],
      [{ evaluator: true, steps: [work], else_steps: [] }, 'must be spelled `elseSteps`'],
    ] satisfies Faults
  ).map(of((options) => new Condition(options))),
  ...(
    [
      [{}, '`steps` must be a list of steps, got undefined'],
      [{ steps: [] }, '`steps` must have at least one step, got an empty list'],
      [{ steps: [work], maxIterations: -1 }, '`maxIterations` must be an integer from 0, got -1'],
      [{ steps: [work], maxIterations: 1.5 }, '`maxIterations` must be an integer from 0, got 1.5'],
      [{ steps: [work], maxIterations: '3' }, '`maxIterations` must be an integer from 0, got "3"'],
      [{ steps: [work], endCondition: true }, '`endCondition` must be a function, got true'],
      [
        { steps: [work], forwardIterationOutput: 'yes' },
        '`forwardIterationOutput` must be a boolean, got "yes"',
      ],
      [{ steps: [work], max_iterations: 3 }, 'must be spelled `maxIterations`'],
    ] satisfies Faults
  ).map(of((options) => new Loop(options))),
  ...(
    [
      [{ choices: [work] }, '`selector` must be a function, got undefined'],
      [{ selector: 'a', choices: [work] }, '`selector` must be a function, got "a"'],
      [{ selector: work }, '`choices` must be a list of steps, got undefined'],
      [{ selector: work, choices: [] }, '`choices` must have at least one step, got an empty list'],
      [{ selector: work, choices: ['a'] }, `\`choices[0]\` must be ${NODE}, got "a"`],
      [{ selector: work, choices: [work], steps: [work] }, 'N must have no option `steps`'],
    ] satisfies Faults
  ).map(of((options) => new Router(options))),
  ...(
    [
      [
        { step: work },
        '`items` must be a function that lists them, or the name of a step before, got undefined',
      ],
      [
        { items: [1], step: work },
        '`items` must be a function that lists them, or the name of a step before, got a list of 1',
      ],
      [{ items: 'A' }, `\`step\` must be ${NODE}, got undefined`],
      [{ items: 'A', step: [work] }, `\`step\` must be ${NODE}, got a list of 1`],
      [{ items: 'A', step: Step }, '`step` must be a Step'],
      [
        { items: 'A', step: work, maxConcurrency: 0 },
        '`maxConcurrency` must be an integer from 1, got 0',
      ],
      [{ items: 'A', step: work, onError: 'skip' }, 'N must have no option `onError`'],
    ] satisfies Faults
  ).map(of((options) => new ForEach(options))),
])('%o %o: %s', (construct, options, message) => {
  expect(fault(() => construct({ name: 'N', ...options } as never))).toContain(message);
});

function of(construct: (options: never) => unknown) {
  return ([options, message]: readonly [unknown, string]) =>
    [construct, options as object, message] as [typeof construct, object, string];
}

describe('a step that is a workflow is refused', () => {
  const inner = new WorkflowDefinition({ name: 'Inner', steps: [work] });

  test.each<[options: unknown, message: string]>([
    [{ workflow: 'Inner' }, 'Step: `workflow` must be a Workflow, got "Inner"'],
    [
      { name: 'S', workflow: inner, executor: work },
      'S must have one of `executor`, `agent`, `team` and `workflow`, not more',
    ],
    [
      { workflow: inner, maxRetries: 1 },
      "Inner: `maxRetries` must be given to the workflow's own steps, got 1",
    ],
    [
      { workflow: inner, timeout: '1 s' },
      'Inner: `timeout` must be given to the workflow\'s own steps, got "1 s"',
    ],
    [
      { workflow: inner, retry: {} },
      "Inner: `retry` must be given to the workflow's own steps, got an object with no keys",
    ],
    [
      { workflow: inner, outputSchema: z.string() },
      'Inner: `outputSchema` must be given with an `executor`; an agent and a team have one of their own, and what a workflow gives is not checked yet, got a ZodString',
    ],
  ] satisfies Faults)('%o: %s', (options, message) => {
    expect(fault(() => new Step(options as never))).toContain(message);
  });
});

describe('a workflow is refused', () => {
  const w = { name: 'W', steps: [work] };
  const long = 'n'.repeat(200);

  test.each<[options: unknown, message: string]>([
    [null, 'Workflow must be given an object of options, got null'],
    [{ steps: [work] }, 'Workflow: `name` must be a string that is not empty, got undefined'],
    [
      { ...w, name: 'outlast-x' },
      "Workflow: `name` must not begin with 'outlast-' or '__temporal', which name workflows of the engine, got \"outlast-x\"",
    ],
    [{ ...w, aliases: ['__temporal_x'] }, "W: `aliases` must not begin with 'outlast-'"],
    [{ ...w, name: '!!' }, '!!: `name` must have a letter or a digit, or `id` be given, got "!!"'],
    [{ ...w, id: '' }, 'W: `id` must be a string that is not empty, got ""'],
    [{ ...w, id: 'i'.repeat(101) }, 'W: `id` must have at most 100 characters, got "iii'],
    [{ name: 'W' }, 'W: `steps` must be a list of steps, got undefined'],
    [{ name: 'W', steps: [] }, 'W: `steps` must have at least one step, got an empty list'],
    [
      { name: 'W', steps: Steps },
      'W: `steps` must be a Step, Steps, Parallel, Condition, Loop, Router, ForEach, an Agent, a Team, a Workflow or a function, not a class',
    ],
    [
      { ...w, inputSchema: {} },
      'W: `inputSchema` must be a zod schema, got an object with no keys',
    ],
    [{ ...w, sessionState: [] }, 'W: `sessionState` must be an object, got an empty list'],
    [
      { ...w, sessionState: { at: { since: new Date(0) } } },
      'W: `sessionState.at.since` must be JSON, got a Date',
    ],
    [{ ...w, db: 'x' }, 'W: `db` must be left out: the Temporal server keeps the runs'],
    [{ ...w, session_state: {} }, 'W: `session_state` must be spelled `sessionState`'],
    [
      { name: 'W', steps: [work, new Steps({ name: 'T', aliases: ['work'], steps: [work] })] },
      'W / T: `aliases` must not hold the name of another node beside it, got "work"',
    ],
    [
      { name: 'W', steps: [nested(long, long, long, long)] },
      `W / ${[long, long, long, long].join(' / ')} / work must have names that together take at most 800 bytes`,
    ],
    ...policyFaults(w, 'W'),
  ] satisfies Faults)('%o: %s', (options, message) => {
    expect(fault(() => new WorkflowDefinition(options as never))).toContain(message);
  });
});

test('a workflow whose plan is larger than Temporal stores is refused', () => {
  const sessionState = { text: 'x'.repeat(1_900_000) };
  expect(fault(() => new WorkflowDefinition({ name: 'W', steps: [work], sessionState }))).toMatch(
    /^W must compile to at most 1900000 bytes of plan: .*, got 1900\d{3}$/,
  );
});

test('an error of a definition has its facts as fields', () => {
  expect(() => new Step({ ...draft, maxRetries: -1 })).toThrow(
    expect.objectContaining({
      name: 'DefinitionError',
      code: 'DEFINITION_INVALID',
      at: 'Draft',
      option: 'maxRetries',
    }),
  );
});

/** What is wrong with a policy, wherever it is given. */
function policyFaults(rest: object, at: string): Faults {
  const duration = "must be a positive number of milliseconds or a string such as '5 seconds'";
  return [
    [{ ...rest, maxRetries: -1 }, `${at}: \`maxRetries\` must be an integer from 0, got -1`],
    [{ ...rest, maxRetries: 0.5 }, `${at}: \`maxRetries\` must be an integer from 0, got 0.5`],
    [{ ...rest, maxRetries: Infinity }, '`maxRetries` must be an integer from 0, got Infinity'],
    [{ ...rest, timeout: 0 }, `${at}: \`timeout\` ${duration}, got 0`],
    [{ ...rest, timeout: 'soon' }, `${at}: \`timeout\` ${duration}, got "soon"`],
    [{ ...rest, timeout: '25 days' }, `${at}: \`timeout\` must be at most 24 days, got "25 days"`],
    [{ ...rest, retry: null }, `${at}: \`retry\` must be given an object of options, got null`],
    [{ ...rest, retry: { times: 3 } }, `${at}: \`retry\` must have no option \`times\``],
    [
      { ...rest, retry: { initialInterval: '0 s' } },
      `${at}: \`retry.initialInterval\` ${duration}, got "0 s"`,
    ],
    [
      { ...rest, retry: { backoff: 0.5 } },
      `${at}: \`retry.backoff\` must be a number from 1, got 0.5`,
    ],
    [
      { ...rest, retry: { initialInterval: '1 min', maxInterval: '1 s' } },
      `${at}: \`retry.maxInterval\` must be at least \`retry.initialInterval\`, got "1 s"`,
    ],
  ];
}

function nested(...names: string[]): Steps {
  const [name, ...rest] = names;
  return new Steps({ name: name!, steps: [rest.length === 0 ? work : nested(...rest)] });
}

/** The message of the DefinitionError that something throws. */
function fault(construct: () => unknown): string {
  try {
    construct();
  } catch (error) {
    if (error instanceof DefinitionError) return error.message;
    throw error;
  }
  return 'nothing is wrong';
}
