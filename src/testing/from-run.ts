import { isDeepStrictEqual } from 'node:util';
import type { DataConverter } from '@temporalio/common';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { withoutResults } from '../activities/taken-over.js';
import { Options } from '../client/options.js';
import { compile } from '../definition/compile.js';
import type { Runnable } from '../definition/is-workflow.js';
import { withNested } from '../definition/registry.js';
import { brief } from '../plan/brief.js';
import type { AgentEntry } from '../plan/executor.js';
import type { Message } from '../plan/model.js';
import { turnOf } from '../plan/reference.js';
import { recordedIn } from './recorded.js';
import { recordedTurns, type RecordedTurn } from './recorded-turns.js';
import type { Script, ScriptedMessage, ScriptedRequest } from './scripted-model.js';
import type { ScriptedTurn } from './scripted-turn.js';

/** How a recorded run is made a script. */
export interface FromRunOptions {
  /**
   * What is tested, as it is now. By its prompts and models it is told which agent asks, where several begin with the same
   * message and have the same tools.
   * @default such agents can't be told apart: their requests are refused
   */
  readonly workflows?: readonly Runnable[];
  /** Of runs whose values are encoded. @default Temporal's own */
  readonly dataConverter?: DataConverter;
}

/**
 * Makes a recorded run a script for `scriptedModel`: each model answers what it answered then, whatever has become of
 * prompts and tools. A request is known by its conversation, without the system's message and what tools gave. One that
 * no agent of the run has made is refused, and so is one that tells of a tool's failure where the tool had worked.
 *
 * @param source As `replay` takes it. In a directory there may be several runs: a run's nested ones, those of a session.
 * @throws OptionError, ReplayError for what isn't a history, or not a whole one
 */
export async function fromRun(
  source: string | object,
  options: FromRunOptions = {},
): Promise<Script> {
  const check = new Options('fromRun');
  check.known(options, ['workflows', 'dataConverter']);
  const { workflows, dataConverter } = options;
  const agents = workflows === undefined ? new Map() : agentsOf(check, workflows);
  const histories = await recordedIn(source, 'fromRun');
  return new RecordedScript(
    await recordedTurns(histories, loadDataConverter(dataConverter)),
    agents,
  );
}

type Agents = ReadonlyMap<string, AgentEntry>;

/** By what a worker's registry knows them by. */
function agentsOf(check: Options, workflows: readonly Runnable[]): Agents {
  const agents = new Map<string, AgentEntry>();
  for (const workflow of withNested(check.workflows('workflows', workflows)))
    for (const { keys, entry } of compile(workflow).calls)
      if (entry.kind === 'agent') for (const key of keys) agents.set(key, entry);
  return agents;
}

class RecordedScript implements Script {
  readonly #turns: readonly RecordedTurn[];
  readonly #agents: Agents;
  readonly #left: Set<RecordedTurn>;
  readonly #refused: string[] = [];

  constructor(turns: readonly RecordedTurn[], agents: Agents) {
    this.#turns = turns;
    this.#agents = agents;
    this.#left = new Set(turns);
  }

  answer(request: ScriptedRequest): ScriptedTurn {
    const found = this.#find(request);
    if (typeof found !== 'string') {
      this.#left.delete(found);
      return found.answer;
    }
    this.#refused.push(found);
    return { status: 400, message: found };
  }

  assertComplete(): void {
    const left = [...this.#left].map((turn) => `${named(turn)} was not asked for`);
    const faults = [...this.#refused, ...left];
    if (faults.length > 0)
      throw new Error(`It went another way than the recorded run:\n${faults.join('\n')}`);
  }

  /** The turn that is asked for, or why there is none. */
  #find(request: ScriptedRequest): RecordedTurn | string {
    const said = request.messages.filter(({ role }) => role !== 'system');
    const alike = this.#turns.filter(({ messages }) => isSame(messages, said));
    if (alike.length === 0)
      return `The recorded run has no turn after this message: ${shown(said.at(-1))}`;
    const own = TELLING.reduce((turns, tells) => {
      const kept = turns.filter((turn) => tells(request, turn, this.#agents.get(turn.key)));
      return kept.length > 0 ? kept : turns;
    }, alike);
    const [first] = own as [RecordedTurn];
    const other = own.find((turn) => !this.#isAlike(turn, first));
    if (other !== undefined)
      return `Nothing tells whether ${named(first)} is asked for or ${named(other)}: give fromRun the \`workflows\`, with prompts that differ`;
    const turn = own.find((each) => this.#left.has(each));
    if (turn === undefined)
      return `${named(first)} is asked for more often than in the recorded run`;
    return failureIn(turn, said) ?? turn;
  }

  /** Whether it is all the same who of them is asked: one agent, or two that are known to be alike. */
  #isAlike(turn: RecordedTurn, other: RecordedTurn): boolean {
    if (turn.key === other.key) return true;
    const [one, two] = [this.#agents.get(turn.key), this.#agents.get(other.key)];
    if (one === undefined || two === undefined) return false;
    return systemOf(one, turn) === systemOf(two, other) && isDeepStrictEqual(one.model, two.model);
  }
}

/** By what agents are told apart that are in the same conversation: each is heeded where it leaves any. */
const TELLING: readonly ((
  request: ScriptedRequest,
  turn: RecordedTurn,
  agent: AgentEntry | undefined,
) => boolean)[] = [
  (request, turn, agent) => agent !== undefined && systemIn(request) === systemOf(agent, turn),
  // Where the provider takes no schemas, one stands behind the prompt.
  (request, turn, agent) =>
    agent !== undefined && systemIn(request).startsWith(systemOf(agent, turn)),
  ({ body }, { tools }) => {
    const offered = (body['tools'] ?? []) as unknown as readonly { function: { name: string } }[];
    return isDeepStrictEqual(new Set(offered.map((tool) => tool.function.name)), new Set(tools));
  },
  ({ body }, _, agent) =>
    [agent?.model, ...(agent?.model.models ?? [])].some((model) => model?.id === body['model']),
];

/** The prompt as it is now, with what its function gave then, which is likely what it gives now. */
function systemOf({ prompt }: AgentEntry, { instructions, state }: RecordedTurn): string {
  return prompt.system(instructions, state) ?? '';
}

function systemIn({ messages }: ScriptedRequest): string {
  return messages.find(({ role }) => role === 'system')?.content ?? '';
}

/** What an agent was asked first, and what its model answered since. What tools gave, and how an answer was refused, may differ. */
function isSame(recorded: readonly Message[], said: readonly ScriptedMessage[]): boolean {
  return (
    recorded.length === said.length &&
    recorded.every((message, index) => {
      const own = said[index];
      if (message.role !== own?.role) return false;
      if (message.role !== 'assistant')
        return index > 0 || withoutResults(message.text) === withoutResults(own.content ?? '');
      const calls = (own.tool_calls ?? []).map((call) => call.function);
      return (
        message.text === (own.content ?? '') &&
        isDeepStrictEqual(
          calls.map(({ name, arguments: args }) => [name, args]),
          message.calls.map(({ name, arguments: args }) => [name, args === '' ? '{}' : args]),
        )
      );
    })
  );
}

/** A tool that fails and had worked: what its model would make of that nobody knows. `null` for none. */
function failureIn(turn: RecordedTurn, said: readonly ScriptedMessage[]): string | null {
  const failed = turn.messages.findIndex(
    (message, index) =>
      message.role === 'tool' && !isFailure(message.text) && isFailure(said[index]?.content),
  );
  if (failed === -1) return null;
  return `${named(turn)} is told of a tool that fails, and had worked: ${shown(said[failed])}`;
}

function isFailure(told: string | null | undefined): boolean {
  return told?.startsWith('Error: ') === true;
}

function named({ agent, call }: RecordedTurn): string {
  return `turn ${String(turnOf(call))} of '${agent}' (${call})`;
}

function shown(message: ScriptedMessage | undefined): string {
  const { role = 'none', content = null } = message ?? {};
  return `${role}: ${brief(content ?? '')}`;
}
