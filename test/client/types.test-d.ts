import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  Parallel,
  Step,
  Steps,
  Workflow,
  type CompletedRun,
  type FinishedRun,
  type Metrics,
  type Run,
  type RunError,
  type RunEvent,
  type RunStream,
  type RunSummary,
  type StepInput,
  type StepResult,
} from '../../src/index.js';
import type { Outlast } from '../../src/client/index.js';

const schema = z.object({ topic: z.string(), depth: z.number().default(1) });
const typed = new Workflow({
  name: 'Typed',
  inputSchema: schema,
  steps: [new Step({ name: 'x', executor: () => 1 })],
});
const titled = new Workflow<{ topic: string }, string>({ name: 'T', steps: [() => 'x'] });

describe('a workflow', () => {
  test('infers its input from the schema: what is given, and what its steps see', () => {
    expectTypeOf((input: Parameters<typeof typed.run>[0]) => input)
      .parameter(0)
      .toEqualTypeOf<z.input<typeof schema> | undefined>();
    new Workflow({
      name: 'W',
      inputSchema: schema,
      steps: [
        (input: StepInput<z.output<typeof schema>>) => input.input.depth,
        new Step({ name: 's', executor: (input: StepInput<{ topic: string }>) => input.input }),
      ],
    });
  });

  test('is not given what its schema refuses', () => {
    // @ts-expect-error topic is a string
    void typed.run({ topic: 1 });
    // @ts-expect-error there is no such workflow option
    new Workflow({ name: 'W', steps: [() => 1], database: 'x' });
    // @ts-expect-error a workflow has steps
    new Workflow({ name: 'W' });
    // @ts-expect-error a number is no step
    new Workflow({ name: 'W', steps: [1] });
  });

  test('has steps that take its input', () => {
    new Workflow({
      name: 'W',
      // @ts-expect-error the input has no `title`
      inputSchema: schema,
      steps: [new Step({ name: 's', executor: (input: StepInput<{ title: string }>) => input })],
    });
  });
});

describe('nodes', () => {
  test('refuse options that they lack', () => {
    // @ts-expect-error Agno's name of it
    new Step({ name: 's', executor: () => 1, skipOnFailure: true });
    // @ts-expect-error a step has an executor
    new Step({ name: 's' });
    // @ts-expect-error a group has steps
    new Steps({ name: 's' });
    // @ts-expect-error a duration has a unit
    new Step({ name: 's', executor: () => 1, timeout: '5 moments' });
    new Parallel({ steps: [() => 1, new Steps({ steps: [() => 2] })], maxConcurrency: 2 });
  });
});

describe('a run', () => {
  test('is a Run in the background, else a completed one', () => {
    expectTypeOf(titled.run({ topic: 'x' }, { background: true })).resolves.toEqualTypeOf<
      Run<string>
    >();
    expectTypeOf(titled.run({ topic: 'x' })).resolves.toEqualTypeOf<CompletedRun<string>>();
  });

  test('with `stream` is its events, and not in the background as well', () => {
    expectTypeOf(titled.run({ topic: 'x' }, { stream: true })).toEqualTypeOf<RunStream<string>>();
    expectTypeOf(titled.streamRun('x', { from: 3 })).toEqualTypeOf<RunStream<string>>();
    // @ts-expect-error topic is missing
    void titled.run({ title: 'x' }, { stream: true });
    // @ts-expect-error one or the other
    void titled.run({ topic: 'x' }, { stream: true, background: true });
    // @ts-expect-error an offset is a number
    void titled.streamRun('x', { from: '3' });
    const look = (client: Outlast): void => {
      expectTypeOf(client.run(titled, { topic: 'x' }, { stream: true })).toEqualTypeOf<
        RunStream<string>
      >();
      expectTypeOf(client.run('By name', 1, { stream: true })).toEqualTypeOf<RunStream>();
      expectTypeOf(client.streamRun('x')).toEqualTypeOf<RunStream>();
      expectTypeOf(client.streamRun('x', { workflow: titled })).toEqualTypeOf<RunStream<string>>();
    };
    expectTypeOf(look).toBeFunction();
  });

  test('has events that tell by `event` what else they have', () => {
    const check = async (stream: RunStream<string>): Promise<void> => {
      expectTypeOf(stream.runId).resolves.toEqualTypeOf<string>();
      expectTypeOf(stream.result()).resolves.toEqualTypeOf<FinishedRun<string>>();
      for await (const event of stream) {
        expectTypeOf(event).toEqualTypeOf<RunEvent<string>>();
        expectTypeOf(event.createdAt).toEqualTypeOf<Date>();
        if (event.event === 'WorkflowCompleted')
          expectTypeOf(event.content).toEqualTypeOf<string>();
        if (event.event === 'WorkflowCompleted')
          expectTypeOf(event.metrics).toEqualTypeOf<Metrics | null>();
        if (event.event === 'WorkflowError') expectTypeOf(event.error).toEqualTypeOf<RunError>();
        if (event.event === 'StepCompleted') expectTypeOf(event.result).toEqualTypeOf<StepResult>();
        if (event.event === 'StepError') expectTypeOf(event.error).toEqualTypeOf<string>();
        if ('stepPath' in event) expectTypeOf(event.iteration).toEqualTypeOf<number | undefined>();
        // @ts-expect-error the run itself has no path
        if (event.event === 'WorkflowStarted') expectTypeOf(event.stepPath);
      }
    };
    expectTypeOf(check).toBeFunction();
  });

  test('has the content that its status allows', () => {
    const check = (run: Run<string>): void => {
      if (run.status === 'completed') expectTypeOf(run.content).toEqualTypeOf<string>();
      else expectTypeOf(run.content).toEqualTypeOf<null>();
      expectTypeOf(run.metrics).toEqualTypeOf<Metrics | null>();
      expectTypeOf(run.toJSON().metrics).toEqualTypeOf<Metrics | null>();
      expectTypeOf<Metrics['cost']>().toEqualTypeOf<number | undefined>();
      if (run.status === 'failed') expectTypeOf(run.error.message).toEqualTypeOf<string>();
      if (run.isFinished()) expectTypeOf(run.finishedAt).toEqualTypeOf<Date>();
      else expectTypeOf(run.status).toEqualTypeOf<'pending' | 'running' | 'paused'>();
    };
    expectTypeOf(check).toBeFunction();
  });

  test('is read as the workflow says, and of any workflow as JSON', () => {
    expectTypeOf(titled.getRun('x')).resolves.toEqualTypeOf<Run<string> | null>();
    expectTypeOf(
      titled.getRun('x', { stepResults: false }),
    ).resolves.toEqualTypeOf<RunSummary | null>();
    const look = (client: Outlast): void => {
      expectTypeOf(client.getRun('x')).resolves.toEqualTypeOf<Run | null>();
      expectTypeOf(
        client.getRun('x', { workflow: titled }),
      ).resolves.toEqualTypeOf<Run<string> | null>();
      expectTypeOf(client.run(titled, { topic: 'x' })).resolves.toEqualTypeOf<
        CompletedRun<string>
      >();
      expectTypeOf(client.run('By name', 1)).resolves.toEqualTypeOf<CompletedRun>();
      // @ts-expect-error topic is missing
      void client.run(titled, {});
    };
    expectTypeOf(look).toBeFunction();
  });
});
