import type { AnyCall, CallResult } from '../plan/contract.js';
import type { AgentEntry, OutputEntry } from '../plan/executor.js';
import type { Json } from '../plan/json.js';
import type { Message, ToolDescription } from '../plan/model.js';
import { turnContextOf, type Attempt } from './call-context.js';
import { contentOf, storable } from './call-result.js';
import { messagesOf, withoutMedia } from './conversation.js';
import type { Models } from './models/models.js';
import type { Given } from './resolve.js';

/**
 * Asks an agent's model for its next turn. It is offered the tools that both the run's plan and this worker have.
 *
 * @throws ModelError, what the function of its instructions throws, NotJsonError, TooLargeError
 */
export async function runTurn(
  entry: AgentEntry,
  call: Pick<AnyCall, 'firstRun'>,
  given: Given,
  models: Models,
  attempt: Attempt,
): Promise<CallResult> {
  const { model, prompt, tools, delegation, output, sendsMedia } = entry;
  const { seen } = given;
  const { signal, tell } = attempt;
  const asked =
    prompt.instructions === null || seen.instructions !== null
      ? null
      : await prompt.instructions(turnContextOf(entry, call, given, attempt));
  const system = prompt.system(asked ?? seen.instructions, seen.state);
  const first: Message[] = system === null ? [] : [{ role: 'system', text: system }];
  const said = messagesOf(seen.conversation);
  const offered = new Map<string, ToolDescription>(tools);
  if (delegation !== null) offered.set(delegation.name, delegation);
  const {
    text,
    calls,
    usage,
    model: by,
  } = await models.answer(
    {
      model,
      messages: [...first, ...(sendsMedia ? said : said.map(withoutMedia))],
      tools: seen.tools.flatMap((name) => offered.get(name) ?? []),
      output: output?.schema ?? null,
    },
    signal,
    tell,
    (model) => tell?.({ kind: 'begun', model }),
  );
  return storable({
    ...(calls.length > 0 || output === null ? { content: text } : await outputOf(output, text)),
    ...(calls.length > 0 && { calls }),
    ...(asked !== null && { instructions: asked }),
    ...(usage !== null && { usage }),
    ...(by !== null && { model: by }),
  });
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
