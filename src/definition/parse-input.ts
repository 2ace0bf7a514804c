import type { ZodError } from 'zod';
import type { ParsedInput } from '../plan/executor.js';
import type { Json } from '../plan/json.js';
import type { WorkflowDefinition } from './workflow.js';

/**
 * The input as the workflow's schema parses it. A string that the schema refuses is tried once more as JSON: a client
 * that has only text can so start a workflow that wants an object.
 */
export async function parseInput(
  workflow: Pick<WorkflowDefinition<unknown>, 'inputSchema'>,
  input: Json,
): Promise<ParsedInput> {
  const { inputSchema } = workflow;
  if (inputSchema === null) return { ok: true, input };
  // A run without input is `null` on its way; a schema that allows leaving it out says so by accepting `undefined`.
  const given = input === null ? undefined : input;
  const first = await inputSchema.safeParseAsync(given);
  if (first.success) return { ok: true, input: (first.data ?? null) as Json };
  if (typeof input === 'string') {
    const second = await inputSchema.safeParseAsync(fromJson(input));
    if (second.success) return { ok: true, input: (second.data ?? null) as Json };
  }
  return { ok: false, faults: faultsOf(first.error) };
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Each path with its rule: `topic: Too small: expected string to have >=1 characters`. */
function faultsOf(error: ZodError): string {
  return error.issues
    .map(({ path, message }) =>
      path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
    )
    .join('; ');
}
