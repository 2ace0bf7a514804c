import type { JsonObject } from '../../src/index.js';
import { overlay } from '../../src/walk/start.js';
import type { WalkEnd } from '../../src/walk/walk.js';
import type { GoldenHost, GoldenRequest } from './golden.js';
import type { GoldenAnswer } from './golden-compare.js';
import type { HostEvent } from './golden-events.js';
import { RefusedError, runInMemory } from './memory-host.js';

/** Runs one case in memory. The seed varies which of the calls under way gets on first. */
export class InMemory implements GoldenHost {
  #runs = 0;
  readonly #sessions = new Map<string, JsonObject>();

  constructor(readonly seed: number) {}

  async run(request: GoldenRequest): Promise<GoldenAnswer | 'rejected'> {
    const { workflow, input, sessionId, cancelOn, cancelAfter, ...rest } = request;
    this.#runs += 1;
    const runId = `run-${this.#runs}`;
    const cancelling = new AbortController();
    if (cancelOn?.event === 'WorkflowStarted') cancelling.abort();
    const isOver = cancelAfter?.isOver ?? true;
    const timer = setTimeout(() => {
      if (!isOver) cancelling.abort();
    }, cancelAfter?.ms);
    try {
      const { end, results, events } = await runInMemory(workflow, input, {
        ...rest,
        ...this.#stateOf(request),
        ...(sessionId !== undefined && { sessionId }),
        runId,
        seed: this.seed,
        signal: cancelling.signal,
        onEvent: ({ event, stepName }) => {
          if (event === cancelOn?.event && stepName === cancelOn.stepName) cancelling.abort();
        },
      });
      if (sessionId !== undefined) this.#sessions.set(sessionId, end.state.value);
      const closing = end.kind === 'failed' ? { error: end.error.message } : end;
      return {
        runId,
        status: end.kind,
        content: end.kind === 'completed' ? end.content : null,
        error: end.kind === 'failed' ? end.error.message : null,
        stepResults: results,
        sessionState: end.state.value,
        events: [ofRun('WorkflowStarted'), ...events, ofRun(CLOSING[end.kind], closing)],
        background: null,
      };
    } catch (error) {
      if (error instanceof RefusedError) return 'rejected';
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A session's stored state goes under the run's own. */
  #stateOf(request: GoldenRequest): { readonly sessionState?: JsonObject } {
    const { sessionId, sessionState, overwriteSessionState = false } = request;
    const stored = sessionId === undefined ? undefined : this.#sessions.get(sessionId);
    if (stored === undefined || overwriteSessionState) return {};
    return { sessionState: overlay(stored, sessionState ?? {}) };
  }
}

const CLOSING = {
  completed: 'WorkflowCompleted',
  failed: 'WorkflowError',
  cancelled: 'WorkflowCancelled',
} as const;

function ofRun(
  event: 'WorkflowStarted' | (typeof CLOSING)[WalkEnd['kind']],
  facts: object = {},
): HostEvent {
  return { event, stepName: null, stepPath: null, ...facts };
}
