import type { GoldenSchema, Json, JsonObject } from '../golden-case.js';
import { isObject } from './values.js';

/**
 * The input as a schema takes it: `null` without one, `undefined` where it is refused. A string that is refused is tried
 * once more as JSON.
 */
export function parsed(
  schema: GoldenSchema | undefined,
  input: Json | undefined,
): Json | undefined {
  if (schema === undefined) return input ?? null;
  const given = typeof input === 'string' ? fromJson(input) : input;
  return isObject(given) ? fieldsOf(schema, given) : undefined;
}

/** The fields of the schema alone, in its order, without what is left out. */
function fieldsOf({ fields }: GoldenSchema, given: JsonObject): JsonObject | undefined {
  const taken: JsonObject = {};
  for (const [field, type] of Object.entries(fields)) {
    const isOptional = type.endsWith('?');
    const value = given[field] ?? null;
    if (value === null && isOptional) continue;
    const lax = laxly(type.replace('?', ''), value);
    if (lax === undefined) return undefined;
    taken[field] = lax;
  }
  return taken;
}

/** A value as a lax schema takes it: numbers and truth as text, too. */
function laxly(type: string, value: Json): Json | undefined {
  switch (type) {
    case 'str':
      return typeof value === 'string' ? value : undefined;
    case 'bool':
      if (value === 'true' || value === 'false') return value === 'true';
      return typeof value === 'boolean' ? value : undefined;
    default: {
      const number =
        typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
      if (typeof number !== 'number') return undefined;
      return type === 'float' || Number.isInteger(number) ? number : undefined;
    }
  }
}

function fromJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
