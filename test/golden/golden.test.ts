import { describe, expect, test } from 'vitest';
import { WorkflowDefinition, type WorkflowOptions } from '../../src/definition/workflow.js';
import type { WalkEnd } from '../../src/walk/walk.js';
import {
  checkGolden,
  coveredCases,
  type GoldenEvent,
  type GoldenHost,
  type GoldenRequest,
} from '../support/golden.js';
import { RefusedError, runInMemory } from '../support/memory-host.js';

const CLOSING = {
  completed: 'WorkflowCompleted',
  failed: 'WorkflowError',
  cancelled: 'WorkflowCancelled',
} as const;

/** Runs in memory. The seed varies which of the calls under way gets on first. */
class InMemory implements GoldenHost {
  #runs = 0;

  constructor(readonly seed: number) {}

  define(options: WorkflowOptions): WorkflowDefinition {
    return new WorkflowDefinition(options);
  }

  async run({ workflow, input, cancelOn, cancelAfter, ...rest }: GoldenRequest) {
    this.#runs += 1;
    const runId = `run-${String(this.#runs)}`;
    const cancelling = new AbortController();
    if (cancelOn?.event === 'WorkflowStarted') cancelling.abort();
    const timer = setTimeout(() => {
      if (cancelAfter !== undefined) cancelling.abort();
    }, cancelAfter);
    try {
      const { end, results, events } = await runInMemory(workflow, input, {
        ...rest,
        runId,
        seed: this.seed,
        signal: cancelling.signal,
        onEvent: ({ event, stepName }) => {
          if (event === cancelOn?.event && stepName === cancelOn.stepName) cancelling.abort();
        },
      });
      return {
        runId,
        status: end.kind,
        content: end.kind === 'completed' ? end.content : null,
        error: end.kind === 'failed' ? end.error.message : null,
        stepResults: results,
        sessionState: end.state.value,
        events: [ofRun('WorkflowStarted'), ...events, ofRun(CLOSING[end.kind])],
      };
    } catch (error) {
      if (error instanceof RefusedError) return 'rejected';
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function ofRun(event: 'WorkflowStarted' | (typeof CLOSING)[WalkEnd['kind']]): GoldenEvent {
  return { event, stepName: null, stepPath: null };
}

test('99 of the cases are covered: those of steps, agents, their containers, and functions as workflows', () => {
  expect(coveredCases).toHaveLength(99);
});

describe.each([1, 2, 3])('with the seed %i', (seed) => {
  test.each(coveredCases)('$name: $description', async (golden) => {
    await checkGolden(golden, new InMemory(seed));
  });
});
