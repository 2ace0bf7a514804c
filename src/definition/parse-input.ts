import type { ZodError, ZodType } from 'zod';
import type { ParsedContent, ParsedInput } from '../plan/executor.js';
import type { Json } from '../plan/json.js';
import { NotJsonError, toJson } from '../plan/to-json.js';
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
  const first = await parsed(inputSchema, input === null ? undefined : input);
  if (first.ok || (input !== null && typeof input !== 'string')) return first;
  if (input === null) {
    const asNull = await parsed(inputSchema, null);
    return asNull.ok ? asNull : first;
  }
  const json = fromJson(input);
  if (json === undefined) return first;
  const second = await parsed(inputSchema, json);
  // Of a text that was meant as an object the faults of the object are what helps.
  return second.ok || typeof json === 'object' ? second : first;
}

/**
 * What an executor returned, as its step's schema parses it.
 *
 * @throws what the schema itself throws.
 */
export async function parseContent(schema: ZodType, given: unknown): Promise<ParsedContent> {
  const result = await schema.safeParseAsync(given);
  return result.success
    ? { ok: true, content: result.data }
    : { ok: false, faults: faultsOf(result.error) };
}

async function parsed(schema: ZodType, given: unknown): Promise<ParsedInput> {
  try {
    const result = await schema.safeParseAsync(given);
    if (!result.success) return { ok: false, faults: faultsOf(result.error) };
    return { ok: true, input: toJson(result.data ?? null, 'input') };
  } catch (error) {
    const faults =
      error instanceof NotJsonError
        ? `what the schema makes of it is no JSON: ${error.message}`
        : `the schema itself fails: ${String(error)}`;
    return { ok: false, faults };
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Each path with its rule: `topic: Too small: expected string to have >=1 characters`. */
export function faultsOf(error: ZodError): string {
  return error.issues
    .map(({ path, message }) =>
      path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
    )
    .join('; ');
}
