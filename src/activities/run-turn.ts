import type { AnyCall, CallResult } from '../plan/contract.js';
import { costOf } from '../plan/cost.js';
import type { AgentEntry, OutputEntry, TurnContext } from '../plan/executor.js';
import type { Json } from '../plan/json.js';
import type { Message, ModelRequest, ToolDescription } from '../plan/model.js';
import { turnContextOf, type Attempt } from './call-context.js';
import { contentOf, storable } from './call-result.js';
import { messagesOf, withoutMedia } from './conversation.js';
import type { Models } from './models/models.js';
import type { Given } from './resolve.js';
import type { Seen } from './run-memory.js';
import { TurnClock } from './turn-clock.js';

/**
 * Asks an agent's model for its next turn. It is offered the tools that both the run's plan and this worker have.
 *
 * @throws ModelError, what the function of its instructions and its hooks throw, NotJsonError, TooLargeError
 */
export async function runTurn(
  entry: AgentEntry,
  call: Pick<AnyCall, 'firstRun'>,
  given: Given,
  models: Models,
  attempt: Attempt,
): Promise<CallResult> {
  const { prompt, hooks, output } = entry;
  const { seen } = given;
  const { signal, tell } = attempt;
  const context = (asks: string): TurnContext => turnContextOf(entry, call, given, attempt, asks);
  const isAsked = prompt.instructions !== null && seen.instructions === null;
  const instructions = isAsked ? await prompt.instructions(context('instructions')) : null;
  const request = requestOf(entry, seen, instructions ?? seen.instructions);
  await hooks.beforeTurn?.(structuredClone(request), context('beforeTurn'));
  const clock = new TurnClock();
  const {
    model: by,
    price,
    ...answer
  } = await models.answer(
    request,
    signal,
    tell === undefined
      ? undefined
      : (delta) => {
          clock.heard();
          tell(delta);
        },
    (model) => {
      clock.anew();
      tell?.({ kind: 'begun', model });
    },
  );
  const times = clock.times();
  await hooks.afterTurn?.(structuredClone(answer), context('afterTurn'));
  const { text, calls, usage } = answer;
  return storable({
    ...(calls.length > 0 || output === null ? { content: text } : await outputOf(output, text)),
    ...(calls.length > 0 && { calls }),
    ...(instructions !== null && { instructions }),
    ...(usage !== null && { usage }),
    ...(usage !== null && price !== null && { cost: costOf(usage, price) }),
    ...times,
    ...(by !== null && { model: by }),
  });
}

function requestOf(
  { model, prompt, sendsMedia, tools, delegation, output }: AgentEntry,
  { conversation, state, tools: planned }: Seen,
  instructions: string | null,
): ModelRequest {
  const system = prompt.system(instructions, state);
  const first: Message[] = system === null ? [] : [{ role: 'system', text: system }];
  const said = messagesOf(conversation);
  const offered = new Map<string, ToolDescription>(tools);
  if (delegation !== null) offered.set(delegation.name, delegation);
  return {
    model,
    messages: [...first, ...(sendsMedia ? said : said.map(withoutMedia))],
    tools: planned.flatMap((name) => describedAs(offered.get(name))),
    output: output?.schema ?? null,
  };
}

/** Without what the tool does. */
function describedAs(tool: ToolDescription | undefined): ToolDescription[] {
  if (tool === undefined) return [];
  const { name, description, parameters } = tool;
  return [{ name, description, parameters }];
}

/** What a schema makes of an answer. What it refuses stays as the model wrote it, with what is wrong. */
async function outputOf(
  { parse, schema }: OutputEntry,
  text: string,
): Promise<Pick<CallResult, 'content' | 'fault'>> {
  let given: Json;
  try {
    given = JSON.parse(unfenced(text)) as Json;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // Not every provider has told its model of the schema.
    const fault = `it is no JSON (${why}) of this schema: ${JSON.stringify(schema)}`;
    return { content: text, fault };
  }
  const parsed = await parse(given);
  return parsed.ok ? contentOf(parsed.content) : { content: text, fault: parsed.faults };
}

/** Many models put JSON into a block of Markdown. */
function unfenced(text: string): string {
  return /^\s*```(?:json)?\s*\n([^]*?)\n?\s*```\s*$/.exec(text)?.[1] ?? text;
}
