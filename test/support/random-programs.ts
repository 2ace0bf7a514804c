import fc from 'fast-check';
import {
  childrenOf,
  nameOf,
  type GoldenInput,
  type GoldenNode,
  type Json,
  type JsonObject,
  type WorkflowNode,
} from './golden-case.js';

/** A workflow and what a run of it is given: data, for the reference interpreter as for the builder of definitions. */
export interface RandomProgram {
  readonly definition: WorkflowNode;
  readonly input: GoldenInput;
}

/** Kinds of node that a program may have. */
export type RandomKind = Exclude<GoldenNode['type'], 'Bogus'>;

const ALL_KINDS: readonly RandomKind[] = [
  ...(['Step', 'Function', 'Agent', 'Steps', 'Parallel'] as const),
  ...(['Condition', 'Loop', 'Router', 'ForEach', 'Workflow'] as const),
];

/** Programs of those kinds of node. */
export function randomPrograms(
  kinds: readonly RandomKind[] = ALL_KINDS,
): fc.Arbitrary<RandomProgram> {
  return fc.record({
    definition: fc
      .record({
        steps: fc.array(nodes(kinds), { minLength: 1, maxLength: 5 }),
        session_state: fc.constantFrom<JsonObject>({}, { n: 1, list: ['0'], object: { a: 1 } }),
      })
      .map((rest): WorkflowNode => ({ type: 'Workflow', name: 'program', ...rest }))
      .map((program) => mapped(program, steady)),
    input,
  });
}

/** The same program under a name that no other has, as have the workflows in it: they stand on one worker. */
export function entitled({ definition, input }: RandomProgram, title: string): RandomProgram {
  let inner = 0;
  const { steps } = mapped(definition, (node) =>
    node.type === 'Workflow' ? { ...node, name: `${title} inner ${(inner += 1)}` } : node,
  );
  return { definition: { ...definition, name: title, ...(steps && { steps }) }, input };
}

/** The same program without executors that count their calls: the process in which they count may be killed. */
export function uncounted({ definition, input }: RandomProgram): RandomProgram {
  return { definition: mapped(definition, failing), input };
}

/** Which item of a ForEach comes first to what fails only so many times follows from timing alone. */
function steady(node: GoldenNode, inForEach: boolean): GoldenNode {
  return inForEach ? failing(node) : node;
}

/** What fails only so many times fails always. */
function failing(node: GoldenNode): GoldenNode {
  const isStep = node.type === 'Step' || node.type === 'Function';
  return isStep && node.executor?.startsWith('fail_times') === true
    ? { ...node, executor: 'fail:boom' }
    : node;
}

/** A copy of what stands in a node, each node made anew; outer ones first. */
function mapped<Node extends GoldenNode>(
  root: Node,
  made: (node: GoldenNode, inForEach: boolean) => GoldenNode,
  within = false,
): Node {
  const inside = (nodes: readonly GoldenNode[], inForEach = within): GoldenNode[] =>
    nodes.map((node) => mapped(made(node, inForEach), made, inForEach));
  const node: GoldenNode = root;
  switch (node.type) {
    case 'Workflow':
      return { ...root, steps: inside(childrenOf(node), false) };
    case 'Steps':
    case 'Parallel':
    case 'Loop':
      return { ...root, steps: inside(node.steps) };
    case 'Condition': {
      const { steps, else_steps } = node;
      const otherwise = else_steps && { else_steps: inside(else_steps) };
      return { ...root, steps: inside(steps), ...otherwise };
    }
    case 'Router':
      return { ...root, choices: inside(node.choices) };
    case 'ForEach':
      return { ...root, step: inside([node.step], true)[0] };
    case 'Step':
    case 'Function':
    case 'Agent':
    case 'Bogus':
      return root;
  }
}

// Few of each, so that names repeat and changes of the state meet.
const NAMES = ['a', 'b', 'c/d', 'e#2', '50%', '名 前', 'toString'];
const name = fc.constantFrom(...NAMES);
const key = fc.constantFrom('n', 'list', 'object', 'k');
const word = fc.constantFrom('x', 'yes', 'n=2', 'é漢', '');
const value = fc.constantFrom<Json>(
  ...[null, '', 0, false, 'text'],
  ...[[], {}, [1, 'two'], { b: [null], a: { c: 1 } }],
);

const input: fc.Arbitrary<GoldenInput> = fc.record(
  {
    input: fc.constantFrom<Json>('hello', '', { topic: 'yes', n: [1] }, ['one', 'two']),
    additional_data: fc.constantFrom<JsonObject>({}, { k: 'v' }),
    session_state: fc.constantFrom<JsonObject>({ k: 'given' }, { object: { b: 2 }, list: [] }),
  },
  { requiredKeys: [] },
);

const executor: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...['identity', 'upper', 'reverse', 'input', 'raw_previous', 'last_content'],
      ...['previous_names', 'concat_previous', 'state_keys', 'return_null', 'list_media'],
    ),
  },
  { weight: 5, arbitrary: ops(['append', 'prepend', 'const', 'stop_if', 'image'], word) },
  { weight: 3, arbitrary: ops(['step_content', 'step_output_content'], name) },
  {
    weight: 3,
    arbitrary: ops(['json', 'return_raw'], value.map(text)),
  },
  { weight: 4, arbitrary: ops(['state_inc', 'state_get', 'state_delete'], key) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('state_set', 'state_push'), key, word)
      .map(([op, into, given]) => `${op}:${into}=${given}`),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(key, value).map(([into, given]) => `state_put:${into}=${text(given)}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('object', 'k'), fc.constantFrom('a', 'b'), word)
      .map(([into, inner, given]) => `state_put_in:${into}.${inner}=${given}`),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }).map((n) => `fail_times:${n}:flaky`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['fail:boom', 'state_inc_then_fail:n', 'fail_output:bad', 'fail_if_input:one:refused'],
      ...['stop:halt', 'additional:k', 'yield:a|b|c', 'yield_output:a|b|c', 'sleep:5', 'sleep:15'],
    ),
  },
);

const evaluator: fc.Arbitrary<string | boolean> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<string | boolean>(true, false, 'true', 'false') },
  { weight: 4, arbitrary: ops(['contains', 'input_contains', 'all_contains'], word) },
  { weight: 2, arbitrary: fc.constantFrom('state_gte:n=2', 'previous_equals:x') },
  { weight: 1, arbitrary: fc.constantFrom('return_raw:"yes"', 'raise:evil') },
);

const endCondition: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: ops(['any_contains', 'last_contains'], word) },
  { weight: 3, arbitrary: fc.constantFrom('never', 'always', 'count_gte:2', 'last_length_gte:8') },
  { weight: 1, arbitrary: fc.constant('raise:evil') },
);

const items: fc.Arbitrary<string | { readonly of: string }> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(value, { maxLength: 4 }).map((all) => `list:${text(all)}`),
  },
  { weight: 2, arbitrary: fc.constant('split:l') },
  { weight: 2, arbitrary: fc.record({ of: name }) },
  { weight: 1, arbitrary: fc.constantFrom('raise:evil', 'list:{}') },
);

/** Names of a Router's choices, or what gives some. */
function selectorOf(choices: readonly GoldenNode[]): fc.Arbitrary<string> {
  const one = fc.constantFrom(...choices.map(nameOf));
  const some = fc.array(one, { minLength: 1, maxLength: 3 }).map((names) => names.join(','));
  return fc.oneof(
    { weight: 4, arbitrary: some.map((names) => `pick:${names}`) },
    { weight: 2, arbitrary: one.map((choice) => `pick_one:${choice}`) },
    { weight: 2, arbitrary: ops(['pick_by_input:yes', 'pick_by_previous:x'], some, '=') },
    { weight: 2, arbitrary: fc.constantFrom('pick_empty', 'pick_null', 'pick_by_state:k') },
    { weight: 1, arbitrary: fc.constantFrom('pick:nobody', 'raise:evil') },
  );
}

function nodes(kinds: readonly RandomKind[]): fc.Arbitrary<GoldenNode> {
  const { node } = fc.letrec<{ node: GoldenNode }>((tie) => {
    const child = tie('node');
    const steps = fc.array(child, { minLength: 1, maxLength: 3 });
    const leaves: Partial<Record<RandomKind, fc.Arbitrary<GoldenNode>>> = {
      Step: fc.record({
        type: fc.constant('Step' as const),
        name,
        executor,
        max_retries: fc.integer({ min: 0, max: 2 }),
        skip_on_failure: fc.boolean(),
      }),
      Function: fc.record({ type: fc.constant('Function' as const), name, executor }),
      Agent: fc.constantFrom<GoldenNode>(
        { type: 'Agent', name: 'bot' },
        { type: 'Agent', name: 'bot/2', reply: 'yes', instructions: 'Be brief.' },
      ),
    };
    const containers: Partial<Record<RandomKind, fc.Arbitrary<GoldenNode>>> = {
      Steps: fc.record(
        { type: fc.constant('Steps' as const), name, steps },
        { requiredKeys: ['type', 'steps'] },
      ),
      Parallel: fc.record(
        { type: fc.constant('Parallel' as const), name, steps },
        { requiredKeys: ['type', 'steps'] },
      ),
      Condition: fc.record(
        { type: fc.constant('Condition' as const), name, evaluator, steps, else_steps: steps },
        { requiredKeys: ['type', 'evaluator', 'steps'] },
      ),
      Loop: fc.record(
        {
          type: fc.constant('Loop' as const),
          name,
          steps,
          max_iterations: fc.integer({ min: 0, max: 3 }),
          end_condition: endCondition,
          forward_iteration_output: fc.boolean(),
        },
        { requiredKeys: ['type', 'steps'] },
      ),
      Router: steps.chain((choices) =>
        fc.record({
          type: fc.constant('Router' as const),
          name,
          selector: selectorOf(choices),
          choices: fc.constant(choices),
        }),
      ),
      ForEach: fc.record({ type: fc.constant('ForEach' as const), name, items, step: child }),
      Workflow: fc.record({ type: fc.constant('Workflow' as const), name, steps }),
    };
    const weighted = (of: typeof leaves, weight: number): fc.WeightedArbitrary<GoldenNode>[] =>
      kinds.flatMap((kind) => of[kind] ?? []).map((arbitrary) => ({ weight, arbitrary }));
    // A leaf comes first: it is what is taken where programs are deep enough.
    return {
      node: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        ...weighted(leaves, 4),
        ...weighted(containers, 2),
      ),
    };
  });
  return node;
}

function ops(
  names: readonly string[],
  argument: fc.Arbitrary<string>,
  separator = ':',
): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...names), argument).map((both) => both.join(separator));
}

function text(value: Json): string {
  return JSON.stringify(value);
}
