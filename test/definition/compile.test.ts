import { describe, expect, test } from 'vitest';
import { compile } from '../../src/definition/compile.js';
import { registryOf } from '../../src/definition/registry.js';
import { Parallel } from '../../src/definition/parallel.js';
import { Step } from '../../src/definition/step.js';
import { Steps } from '../../src/definition/steps.js';
import { WorkflowDefinition, type WorkflowOptions } from '../../src/definition/workflow.js';
import type { PlanNode } from '../../src/plan/plan.js';

const work = (): null => null;

describe('the plan', () => {
  test('is data that JSON carries whole', () => {
    const { plan } = compile(
      define({ steps: [work, new Parallel({ steps: [step('x'), new Steps({ steps: [work] })] })] }),
    );
    expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
  });

  test('names nodes by the names on the way to them, and siblings of one name by number', () => {
    const twice = step('x');
    const workflow = define({
      steps: [
        twice,
        new Steps({ name: 'x', steps: [twice, twice] }),
        new Parallel({ steps: [work] }),
      ],
    });
    expect(references(workflow)).toEqual([
      ...['x', 'x#2', 'x#2/x', 'x#2/x#2', 'Parallel', 'Parallel/work'],
    ]);
  });

  test('stays as it is where nodes of other names are added around a node', () => {
    const before = references(define({ steps: [step('a'), step('b')] }));
    const after = references(define({ steps: [step('new'), step('b'), work, step('a')] }));
    expect(after).toEqual(expect.arrayContaining(before));
  });

  test.each([
    ['a bare function by its name', work, 'work'],
    ['a function without a name', () => null, 'Step'],
    ['a step of such a function', new Step({ executor: () => null }), 'Step'],
    ['Steps without a name', new Steps({ steps: [work] }), 'Steps'],
  ])('calls %s', (_, node, name) => {
    expect(compile(define({ steps: [node] })).plan.steps[0]?.name).toBe(name);
  });

  test('of a workflow that is one function has one step of its name', () => {
    expect(references(define({ steps: work }))).toEqual(['work']);
  });

  test('holds a policy once: the workflow’s, with what a step gives of its own', () => {
    const { plan } = compile(
      define({
        maxRetries: 1,
        retry: { backoff: 1 },
        steps: [step('a'), step('b'), new Step({ name: 'c', executor: work, timeout: '1 s' })],
      }),
    );
    const common = { maxRetries: 1, initialInterval: 1_000, backoff: 1, maxInterval: 60_000 };
    expect(plan.policies).toEqual([
      { ...common, timeout: 300_000 },
      { ...common, timeout: 1_000 },
    ]);
    expect(plan.steps.map((node) => node.kind === 'step' && node.policy)).toEqual([0, 0, 1]);
  });

  test('never waits longer before a later attempt than before the first', () => {
    const { plan } = compile(define({ steps: [work], retry: { initialInterval: '5 min' } }));
    expect(plan.policies[0]).toMatchObject({ initialInterval: 300_000, maxInterval: 300_000 });
  });

  test('is compiled once', () => {
    const workflow = define({ steps: [work] });
    expect(compile(workflow)).toBe(compile(workflow));
  });
});

describe('the activity types of a step', () => {
  test('are its own first, then those under earlier names of itself and of what is around it', () => {
    const workflow = define({
      aliases: ['Was'],
      steps: [
        new Steps({
          name: 'Group',
          aliases: ['Team'],
          steps: [new Step({ name: 'Draft', aliases: ['Write'], executor: work })],
        }),
      ],
    });
    expect(typesOf(workflow)).toEqual([
      [
        ...['W/Group/Draft', 'W/Group/Write', 'W/Team/Draft', 'W/Team/Write'],
        ...['Was/Group/Draft', 'Was/Group/Write', 'Was/Team/Draft', 'Was/Team/Write'],
      ],
    ]);
  });

  test('tell siblings apart that had one name, in their order', () => {
    const steps = ['a', 'b'].map((name) => new Step({ name, aliases: ['old'], executor: work }));
    expect(typesOf(define({ steps }))).toEqual([
      ['W/a', 'W/old'],
      ['W/b', 'W/old#2'],
    ]);
  });

  test('do not repeat a name that is given as its own alias', () => {
    const own = new Step({ name: 'a', aliases: ['a', 'b', 'b'], executor: work });
    expect(typesOf(define({ steps: [own], aliases: ['W'] }))).toEqual([['W/a', 'W/b']]);
  });
});

describe('the registry of a worker', () => {
  const gpu = new Step({ name: 'gpu', taskQueue: 'gpus', executor: work });

  test('has the workflows of its queue, and those of no queue', () => {
    const here = define({ name: 'Here', taskQueue: 'q', steps: [work] });
    const anywhere = define({ name: 'Anywhere', steps: [work] });
    const elsewhere = define({ name: 'Elsewhere', taskQueue: 'other', steps: [work] });
    const { workflows, calls } = registryOf([here, anywhere, elsewhere], 'q');
    expect([...workflows.keys()]).toEqual(['Here', 'Anywhere']);
    expect([...calls.keys()]).toEqual(['Here/work', 'Anywhere/work']);
  });

  test('has of other workflows the steps that name its queue, and not the workflow', () => {
    const workflow = define({ taskQueue: 'q', steps: [work, gpu] });
    const { workflows, calls } = registryOf([workflow], 'gpus');
    expect([[...workflows.keys()], [...calls.keys()]]).toEqual([[], ['W/gpu']]);
  });

  test('lacks the steps that name another queue', () => {
    const { calls } = registryOf([define({ steps: [work, gpu] })], 'q');
    expect([...calls.keys()]).toEqual(['W/work']);
  });

  test('serves a run that started under an old name by that name', () => {
    const { workflows } = registryOf([define({ id: 'w', aliases: ['Old'], steps: [work] })], 'q');
    expect(workflows.get('Old')?.plan.workflow).toEqual({ id: 'w', name: 'Old' });
  });

  test('has a workflow once that is given twice', () => {
    const workflow = define({ steps: [work] });
    expect(registryOf([workflow, workflow], 'q').workflows.size).toBe(1);
  });

  test('refuses two workflows of one name', () => {
    const workflows = [
      define({ steps: [work] }),
      define({ name: 'Other', aliases: ['W'], steps: [work] }),
    ];
    expect(() => registryOf(workflows, 'q')).toThrow(
      'W must be the name or alias of one workflow of a worker only',
    );
  });
});

function define(options: Partial<WorkflowOptions> & Pick<WorkflowOptions, 'steps'>) {
  return new WorkflowDefinition({ name: 'W', ...options });
}

function step(name: string): Step {
  return new Step({ name, executor: work });
}

function typesOf(workflow: WorkflowDefinition): (readonly string[])[] {
  return compile(workflow).calls.map(({ keys }) => keys);
}

function references(workflow: WorkflowDefinition): string[] {
  const all = (nodes: readonly PlanNode[]): string[] =>
    nodes.flatMap((node) => [node.ref, ...('steps' in node ? all(node.steps) : [])]);
  return all(compile(workflow).plan.steps);
}
