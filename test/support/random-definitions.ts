import fc from 'fast-check';
import {
  Agent,
  openaiCompatible,
  Parallel,
  Step,
  StepOutput,
  Steps,
  tool,
  Workflow,
  type Executor,
} from '../../src/index.js';
import { z } from 'zod';
import type { ScriptedHandler } from '../../src/testing/index.js';
import type { Json, JsonObject, Node } from '../../src/index.js';

/** What a random step does. Data, so that a counterexample can be read. */
interface RandomStep {
  readonly kind: 'step';
  readonly name: string;
  readonly does: Deed;
  readonly failures: number;
  readonly maxRetries: number;
  readonly skips: boolean;
  readonly milliseconds: number;
}

type Deed =
  | { readonly gives: Json }
  /** Larger than what goes inline. */
  | { readonly givesLong: number }
  | { readonly stops: string }
  | { readonly isUnsuccessful: string }
  | { readonly givesBack: 'flow' | 'all' | 'names' | 'state' | 'input' }
  | { readonly sets: string; readonly to: Json }
  | { readonly pushes: string; readonly onto: string }
  | { readonly deletes: string };

interface RandomContainer {
  readonly kind: 'steps' | 'parallel';
  readonly name: string;
  readonly maxConcurrency?: number;
  readonly steps: readonly RandomNode[];
}

/** An agent whose model says what stands here. */
interface RandomAgent {
  readonly kind: 'agent';
  readonly name: string;
  /** Of each turn but the last the tools that it asks for. */
  readonly turns: readonly (readonly RandomCall[])[];
  readonly answer: string;
  readonly skips: boolean;
}

interface RandomCall {
  readonly tool: 'push' | 'fail' | 'unknown';
  readonly item: string;
  /** Characters of its result: some are larger than what goes inline. */
  readonly long: number;
}

export type RandomNode = RandomStep | RandomAgent | RandomContainer;

// Few of each, so that names repeat and changes of the state meet.
const name = fc.constantFrom('A', 'B', 'C/D', 'E#2', 'F');
const key = fc.constantFrom('x', 'y', 'list');
const value = fc.oneof(
  fc.constantFrom<Json>(null, '', 0, false, 'text', [], {}, [1, 'two'], { a: { b: [null] } }),
  fc.string({ maxLength: 5 }),
);

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ gives: value }) },
  { weight: 2, arbitrary: fc.record({ givesLong: fc.integer({ min: 2_000, max: 9_000 }) }) },
  { weight: 1, arbitrary: fc.record({ stops: fc.constant('stop') }) },
  { weight: 1, arbitrary: fc.record({ isUnsuccessful: fc.constant('not good') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      givesBack: fc.constantFrom('flow', 'all', 'names', 'state', 'input' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ sets: key, to: value }) },
  { weight: 2, arbitrary: fc.record({ pushes: fc.string({ maxLength: 3 }), onto: key }) },
  { weight: 1, arbitrary: fc.record({ deletes: key }) },
);

const step: fc.Arbitrary<RandomStep> = fc.record({
  kind: fc.constant('step' as const),
  name,
  does: deed,
  failures: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }) },
  ),
  maxRetries: fc.integer({ min: 0, max: 2 }),
  skips: fc.boolean(),
  milliseconds: fc.integer({ min: 0, max: 30 }),
});

const call: fc.Arbitrary<RandomCall> = fc.record({
  tool: fc.constantFrom('push', 'push', 'push', 'fail', 'unknown' as const),
  item: fc.constantFrom('1', '2', '3'),
  long: fc.constantFrom(1, 5_000),
});

/** With four turns it fails: it has three. */
const agent: fc.Arbitrary<RandomAgent> = fc.record({
  kind: fc.constant('agent' as const),
  name: fc.constantFrom('Agent A', 'Agent B/C'),
  turns: fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), { maxLength: 3 }),
  answer: fc.constantFrom('', 'an answer', 'a long answer '.repeat(300)),
  skips: fc.boolean(),
});

const { node } = fc.letrec<{ node: RandomNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    step,
    agent,
    fc.record(
      {
        kind: fc.constantFrom('steps' as const, 'parallel' as const),
        name,
        maxConcurrency: fc.integer({ min: 1, max: 3 }),
        steps: fc.array(tie('node'), { minLength: 1, maxLength: 4 }),
      },
      { requiredKeys: ['kind', 'name', 'steps'] },
    ),
  ),
}));

/** The nodes of a workflow. */
export const randomNodes: fc.Arbitrary<readonly RandomNode[]> = fc.array(node, {
  minLength: 1,
  maxLength: 5,
});

/** What an executor saw of its run: by it hosts are compared, beyond what came of the run. */
export interface Sight {
  readonly run: string;
  readonly key: string;
  readonly attempt: number;
  readonly flow: Json;
  readonly all: string;
  readonly names: readonly string[];
  readonly state: JsonObject;
}

/** The model of all random agents: their instructions tell it what to say. */
export const randomModel: ScriptedHandler = ({ messages }) => {
  const instructions = String(messages[0]?.content).replace(/<\/?instructions>/g, '');
  const { turns, answer } = JSON.parse(instructions) as RandomAgent;
  const turn = messages.filter(({ role }) => role === 'assistant').length;
  const calls = turns[turn];
  if (calls === undefined) return answer;
  return {
    text: turn === 1 ? 'Let me see.' : '',
    calls: calls.map(({ tool: name, ...args }) => ({ name, arguments: { ...args } })),
  };
};

function agentOf({ name, ...script }: RandomAgent, modelURL: string): Agent {
  const push = tool({
    name: 'push',
    description: 'Appends to the state.',
    parameters: z.object({ item: z.string(), long: z.number() }),
    execute: ({ item, long }, { sessionState }) => {
      const { list } = sessionState;
      sessionState['list'] = Array.isArray(list) ? [...list, item] : [item];
      sessionState['x'] = item;
      return item.repeat(long);
    },
  });
  const fail = tool({
    name: 'fail',
    description: 'Fails.',
    execute: (_, { sessionState }) => {
      sessionState['failed'] = true;
      throw new Error('the tool fails');
    },
  });
  return new Agent({
    name,
    model: openaiCompatible({ baseURL: modelURL, id: 'random' }),
    instructions: JSON.stringify(script),
    tools: [push, fail],
    maxTurns: 3,
    maxRetries: 1,
  });
}

/**
 * A workflow of those nodes, whose last step tells the state. `saw` is told what each call sees; at `modelURL`
 * {@link randomModel} answers.
 */
export function workflowOf(
  title: string,
  nodes: readonly RandomNode[],
  modelURL: string,
  saw: (sight: Sight) => void,
): Workflow {
  const built = (random: RandomNode, path: string): Node<Json> => {
    if (random.kind === 'step') {
      const { name, maxRetries, skips } = random;
      const onError = skips ? 'skip' : 'fail';
      return new Step({ name, maxRetries, onError, executor: executorOf(random, path, saw) });
    }
    if (random.kind === 'agent') {
      const { name, skips } = random;
      return new Step({ name, onError: skips ? 'skip' : 'fail', agent: agentOf(random, modelURL) });
    }
    const { name, maxConcurrency } = random;
    const steps = random.steps.map((child, index) => built(child, `${path}.${String(index)}`));
    return random.kind === 'steps'
      ? new Steps({ name, steps })
      : new Parallel({ name, steps, ...(maxConcurrency !== undefined && { maxConcurrency }) });
  };
  return new Workflow({
    name: title,
    retry: { initialInterval: 1, maxInterval: 1 },
    steps: [
      ...nodes.map((random, index) => built(random, String(index))),
      new Step({
        name: 'State',
        executor: (input, { sessionState }) => ({ flow: input.previousStepContent, sessionState }),
      }),
    ],
  });
}

function executorOf(
  { does, failures, milliseconds }: RandomStep,
  path: string,
  saw: (sight: Sight) => void,
): Executor<Json> {
  return async (input, { runId, attempt, sessionState }) => {
    const flow = input.previousStepContent;
    const all = input.getAllPreviousContent();
    const names = [...input.previousStepOutputs.keys()];
    saw({ run: runId, key: path, attempt, flow, all, names, state: structuredClone(sessionState) });
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    if (attempt <= failures) {
      sessionState['failed'] = attempt;
      throw new Error(`failure ${String(attempt)} of ${path}`);
    }
    if ('gives' in does) return does.gives;
    if ('givesLong' in does) return path.repeat(does.givesLong).slice(0, does.givesLong);
    if ('stops' in does) return new StepOutput({ content: does.stops, stop: true });
    if ('isUnsuccessful' in does) {
      return new StepOutput({ content: 'so so', success: false, error: does.isUnsuccessful });
    }
    if ('givesBack' in does) {
      const all_ = { flow, all, names, state: structuredClone(sessionState), input: input.input };
      return all_[does.givesBack];
    }
    if ('sets' in does) sessionState[does.sets] = structuredClone(does.to);
    if ('deletes' in does) Reflect.deleteProperty(sessionState, does.deletes);
    if ('pushes' in does) {
      const list = sessionState[does.onto];
      sessionState[does.onto] = Array.isArray(list) ? [...list, does.pushes] : [does.pushes];
    }
    return flow;
  };
}
