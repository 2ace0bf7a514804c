import {
  Agent,
  openaiCompatible,
  Team,
  type AgentOptions,
  type Executor,
} from '../../src/index.js';
import type { ScriptedRequest } from '../../src/testing/index.js';
import {
  childPath,
  childrenOf,
  nameOf,
  type GoldenAgent,
  type GoldenNode,
  type GoldenTeam,
} from './golden-case.js';
import type { Op } from './golden-ops.js';

/** Which event cancels a run: executors that start after it wait for their abort signal. */
export interface CancelOn {
  readonly event: string;
  readonly stepName: string | null;
}

/** How the executors of the next runs behave, beyond what their ops say. */
export interface Staging {
  readonly cancelOn: CancelOn | null;
  /** The run is to be cancelled before a `sleep` of it is over. */
  readonly sleepsUntilAborted: boolean;
  /** So many runs are to be under way at once: a `sleep` of one waits for the others'. */
  readonly together: number;
}

const AS_THEY_ARE: Staging = { cancelOn: null, sleepsUntilAborted: false, together: 1 };

/** What the executors and agents of a case know of its runs. */
export class Script {
  staging: Staging = AS_THEY_ARE;
  readonly #calls = new Map<string, Record<string, number>>();
  readonly #replies = new Map<string, string>();
  readonly #sleeping = new Map<string, (() => void)[]>();

  /** @param modelURL Where agents' models are; `answer` answers for them. */
  constructor(
    readonly definition: GoldenNode,
    readonly modelURL: string,
  ) {}

  stage(staging: Partial<Staging>): void {
    this.staging = { ...AS_THEY_ARE, ...staging };
  }

  /** An agent of a case: its name is its model's. */
  agent(given: GoldenAgent): Agent {
    return new Agent(this.#optionsOf(given));
  }

  team(given: GoldenTeam): Team {
    const members = given.members.map((member) => this.agent(member));
    return new Team({ ...this.#optionsOf(given), members });
  }

  #optionsOf({ name, reply, instructions }: GoldenAgent): AgentOptions {
    if (reply !== undefined) this.#replies.set(name, reply);
    return {
      name,
      model: openaiCompatible({ baseURL: this.modelURL, id: name }),
      ...(instructions !== undefined && { instructions }),
    };
  }

  /** What an agent's model says: its reply, or an echo. */
  answer({ body, messages }: Pick<ScriptedRequest, 'body' | 'messages'>): string {
    const name = String(body['model']);
    const last = messages.findLast(({ role }) => role === 'user')?.content ?? '';
    return this.#replies.get(name) ?? `${name}(${last})`;
  }

  /** Calls of each executor in a run, by the path of its node. */
  callsIn(runId: string): Readonly<Record<string, number>> {
    return this.#calls.get(runId) ?? {};
  }

  /** An op as the executor of a node. */
  executor(op: Op, path: string, text: string): Executor {
    const isSleep = text.startsWith('sleep:');
    return async (input, context) => {
      const { runId, signal } = context;
      const { cancelOn, sleepsUntilAborted } = this.staging;
      const calls = this.#calls.get(runId) ?? {};
      this.#calls.set(runId, calls);
      const nth = (calls[path] = (calls[path] ?? 0) + 1);
      const isHeld = cancelOn !== null && startsAfter(this.definition, cancelOn, path, nth);
      if (isHeld || (isSleep && sleepsUntilAborted)) await aborted(signal);
      if (isSleep) await this.#together(path);
      return op({ input, context, nth });
    };
  }

  /** Waits until as many runs sleep there as are to be under way at once. */
  async #together(path: string): Promise<void> {
    const waiting = this.#sleeping.get(path) ?? [];
    this.#sleeping.set(path, waiting);
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length < this.staging.together) return;
      for (const wake of waiting.splice(0)) wake();
    });
  }
}

/** Whether the executor at a path starts after an event, for what is certain of it. */
function startsAfter(
  definition: GoldenNode,
  { event, stepName }: CancelOn,
  path: string,
  nth: number,
): boolean {
  if (stepName === null) return event === 'WorkflowStarted';
  const at = pathOf(definition, stepName, '') ?? '';
  const isInside = path === at || path.startsWith(`${at}.`);
  if (event.endsWith('Started')) return isInside || isLater(path, at);
  // What an iteration is followed by is the next one.
  return isInside ? event === 'LoopIterationCompleted' && nth > 1 : isLater(path, at);
}

function pathOf(node: GoldenNode, name: string, path: string): string | null {
  for (const [index, child] of childrenOf(node).entries()) {
    const at = childPath(path, index);
    const found = nameOf(child) === name ? at : pathOf(child, name, at);
    if (found !== null) return found;
  }
  return null;
}

function isLater(path: string, than: string): boolean {
  const [one, other] = [path, than].map((each) => each.split('.').map(Number));
  const differs = one!.findIndex((part, index) => part !== other![index]);
  return differs !== -1 && one![differs]! > (other![differs] ?? Infinity);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
}
