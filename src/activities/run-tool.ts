import type { CallResult, ToolCall } from '../plan/contract.js';
import type {
  AgentEntry,
  AgentHooks,
  ToolCallContext,
  ToolCallInfo,
  ToolEntry,
} from '../plan/executor.js';
import { isJsonObject, type Json, type JsonObject } from '../plan/json.js';
import type { ToolRequest } from '../plan/model.js';
import { turnOf, type CallId } from '../plan/reference.js';
import { contextOf, type Attempt } from './call-context.js';
import { changeOf, contentOf, storable } from './call-result.js';
import type { Given } from './resolve.js';
import { stopwatch, took } from './turn-clock.js';

/** What a model gave a tool isn't what the tool takes. */
export class ToolArgumentsError extends Error {
  override readonly name = 'ToolArgumentsError';
}

/**
 * Calls a tool as a model asks for it, and what its agent's author has called around it.
 *
 * @throws ToolArgumentsError, what the tool and the hooks throw, NotJsonError, TooLargeError
 */
export async function runTool(
  entry: AgentEntry,
  tool: ToolEntry,
  request: ToolRequest,
  call: ToolCall,
  given: Pick<Given, 'metadata' | 'seen'>,
  attempt: Attempt,
): Promise<CallResult> {
  const { state } = given.seen;
  const args = await argumentsOf(tool, request);
  const sessionState = structuredClone(state);
  const asked = `\n${request.name}\n${request.arguments}`;
  const context = contextOf(entry, call, given, sessionState, attempt, asked);
  const turn = turnOf(attempt.info.activityId as CallId) ?? 1;
  // What a hook does elsewhere isn't to be taken for what the tool does.
  const around = (hook: keyof AgentHooks): ToolCallContext => ({
    ...contextOf(entry, call, given, sessionState, attempt, `${asked}\n${hook}`),
    ...{ agent: entry.agent, turn },
  });
  const info = (): ToolCallInfo => ({ name: request.name, arguments: copied(args) });
  await entry.hooks.beforeTool?.(info(), around('beforeTool'));
  const elapsed = stopwatch();
  const content = contentOf(await tool.execute(args, context));
  const time = took(elapsed());
  await entry.hooks.afterTool?.(
    info(),
    structuredClone(content.content ?? null),
    around('afterTool'),
  );
  return storable({ ...content, ...changeOf(state, sessionState), ...time });
}

/** What a schema makes of arguments needn't be anything that can be copied. */
function copied(args: unknown): unknown {
  try {
    return structuredClone(args);
  } catch {
    return args;
  }
}

async function argumentsOf(tool: ToolEntry, request: ToolRequest): Promise<unknown> {
  const parsed = await tool.parse(askedOf(request));
  if (parsed.ok) return parsed.args;
  throw new ToolArgumentsError(`the arguments are refused: ${parsed.faults}`);
}

/** Of a tool without arguments some models give none. */
function askedOf({ arguments: text }: ToolRequest): JsonObject {
  if (text.trim() === '') return {};
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ToolArgumentsError(`the arguments aren't JSON: ${why}`);
  }
  if (isJsonObject(value)) return value;
  throw new ToolArgumentsError('the arguments must be an object');
}
