import { referenceOf, type CallId } from '../../src/plan/reference.js';
import {
  scriptedModel,
  type ScriptedCall,
  type ScriptedMessage,
  type ScriptedModel,
  type ScriptedRequest,
  type ScriptedTurn,
} from '../../src/testing/index.js';
import type { CallStart } from './call-journal.js';

/** One start of an agent's turn, or of a tool's call. */
export interface OutsideStart extends CallStart {
  /** What the model was sent; none for a tool. */
  readonly messages: readonly ScriptedMessage[];
}

/** A tool's call, as it tells of it. */
interface Looked {
  readonly runId: string;
  readonly call: string;
  readonly topic: string;
}

/**
 * What the workers of a test call, all in one: the models of their agents, and what stands behind their tools. It sees each
 * call, says who asked, and keeps those waiting that it is told to.
 */
export class Outside {
  readonly #starts: Started[] = [];
  /** By run and call. */
  readonly #held = new Map<string, Hold>();

  private constructor(readonly server: ScriptedModel) {}

  /** @param script What each agent asks for, turn by turn, before it answers; by its reference. */
  static async open(script: Readonly<Record<string, readonly Turn[]>>): Promise<Outside> {
    const server = await scriptedModel((request) =>
      request.path.endsWith(LOOKED) ? outside.#look(request) : outside.#turn(request, script),
    );
    const outside = new Outside(server);
    return outside;
  }

  get baseURL(): string {
    return this.server.baseURL;
  }

  /** The starts of each call of a run, in their order; the calls in the order in which they began. */
  callsOf(runId: string): readonly (readonly OutsideStart[])[] {
    const calls = new Map<string, OutsideStart[]>();
    for (const start of this.#starts) {
      if (start.runId !== runId) continue;
      calls.set(start.call, [...(calls.get(start.call) ?? []), start]);
    }
    return [...calls.values()];
  }

  /** The first start of that call is to wait. */
  hold(runId: string, call: string): void {
    this.#held.set(`${runId} ${call}`, new Hold());
  }

  /** Resolves when that call waits. */
  holds(runId: string, call: string): Promise<void> {
    return this.#held.get(`${runId} ${call}`)?.waits ?? Promise.resolve();
  }

  /** That call needn't wait any more. */
  release(runId: string, call: string): void {
    this.#held.get(`${runId} ${call}`)?.release();
  }

  /** What waits there needn't, but for that of some processes. */
  releaseAllBut(pids: readonly number[]): void {
    for (const { end, pid, runId, call } of this.#starts)
      if (end === null && !pids.includes(pid)) this.release(runId, call);
  }

  async #look({ body }: ScriptedRequest): Promise<ScriptedTurn> {
    const { runId, call, topic, pid } = body as unknown as Looked & { readonly pid: number };
    await this.#ended({ runId, call, pid, messages: [] });
    // Larger than what a call carries itself.
    return `all about ${topic} `.padEnd(3_000, topic);
  }

  async #turn(
    { body, messages }: ScriptedRequest,
    script: Readonly<Record<string, readonly Turn[]>>,
  ): Promise<ScriptedTurn> {
    const reference = String(body['model']);
    const asked = messages.find(({ role }) => role === 'user')?.content ?? '';
    const [runId = '', pass = '1'] = asked.split(' ');
    const turn = messages.filter(({ role }) => role === 'assistant').length + 1;
    const call = `${reference}#${pass}/turn/${String(turn)}`;
    await this.#ended({ runId, call, pid: Number(body['user']), messages });
    const wanted = script[reference]?.[turn - 1];
    if (wanted === undefined) return `${reference}: ${told(messages)}`;
    return { calls: wanted.map((ask, index) => ask(runId, `${within(pass)}${turn}.${index + 1}`)) };
  }

  async #ended(begun: Pick<OutsideStart, 'runId' | 'call' | 'pid' | 'messages'>): Promise<void> {
    const path = referenceOf(begun.call as CallId);
    const start: Started = { ...begun, path, began: Date.now(), end: null };
    this.#starts.push(start);
    await this.#held.get(`${begun.runId} ${begun.call}`)?.wait();
    start.end = 'gave';
  }
}

/** What a model asks for in one turn. */
export type Turn = readonly ((runId: string, pass: string) => ScriptedCall)[];

export function look(topic: string): Turn[number] {
  return () => ({ id: topic, name: 'look', arguments: { topic } });
}

/** A member's task says in which pass its calls are. */
export function ask(member: string): Turn[number] {
  return (runId, pass) => ({
    id: member,
    name: 'delegate_task_to_member',
    arguments: { member, task: `${runId} ${pass}` },
  });
}

export const askAll: Turn[number] = (runId, pass) => ({
  id: 'all',
  name: 'delegate_task_to_all_members',
  arguments: { task: `${runId} ${pass}` },
});

/** For the tools of a program: asks what stands behind them, which is in the test's process. */
export async function looked(baseURL: string, call: Looked): Promise<string> {
  const response = await fetch(`${baseURL}${LOOKED}`, {
    ...{ method: 'POST', body: JSON.stringify({ ...call, pid: process.pid }) },
  });
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? '';
}

const LOOKED = '/looked';

type Started = { -readonly [K in keyof OutsideStart]: OutsideStart[K] };

/** Lets what comes first wait, and nothing after it. */
class Hold {
  release: () => void = () => undefined;
  readonly waits: Promise<void>;
  readonly #free: Promise<void>;
  #waiting: () => void = () => undefined;
  #isUsed = false;

  constructor() {
    this.waits = new Promise((resolve) => (this.#waiting = resolve));
    this.#free = new Promise((resolve) => (this.release = resolve));
  }

  async wait(): Promise<void> {
    if (this.#isUsed) return;
    this.#isUsed = true;
    this.#waiting();
    await this.#free;
  }
}

/** The pass of an agent that nobody asked is none. */
function within(pass: string): string {
  return pass === '1' ? '' : `${pass}.`;
}

/** The beginning of all that an agent's tools gave: another answer where one is missing. */
function told(messages: readonly ScriptedMessage[]): string {
  const results = messages.filter(({ role }) => role === 'tool');
  return results.map(({ content }) => content?.slice(0, 200)).join('; ');
}
