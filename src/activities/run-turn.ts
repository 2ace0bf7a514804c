import type { CallResult } from '../plan/contract.js';
import type { AgentEntry } from '../plan/executor.js';
import type { Message } from '../plan/model.js';
import { storable } from './call-result.js';
import { messagesOf } from './conversation.js';
import type { Models } from './models/models.js';
import type { Seen } from './run-memory.js';

/**
 * Asks an agent's model for its next turn. It is offered the tools that both the run's plan and this worker have.
 *
 * @throws ModelError, TooLargeError
 */
export async function runTurn(
  { model, system, tools }: AgentEntry,
  seen: Pick<Seen, 'conversation' | 'tools'>,
  models: Models,
  signal: AbortSignal,
): Promise<CallResult> {
  const first: Message[] = system === null ? [] : [{ role: 'system', text: system }];
  const {
    text,
    calls,
    usage,
    model: by,
  } = await models.answer(
    {
      model,
      messages: [...first, ...messagesOf(seen.conversation)],
      tools: seen.tools.flatMap((name) => tools.get(name) ?? []),
    },
    signal,
  );
  return storable({
    content: text,
    ...(calls.length > 0 && { calls }),
    ...(usage !== null && { usage }),
    ...(by !== null && { model: by }),
  });
}
