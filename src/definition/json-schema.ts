import type { ZodType } from 'zod';
import type { JsonObject } from '../plan/json.js';
import type { Check } from './check.js';

/**
 * A zod schema as a model is told of it. What the model gives is the schema's input: defaults are filled in, and
 * transforms done, after it.
 *
 * @throws DefinitionError
 */
export function jsonSchemaOf(check: Check, option: string, given: ZodType): JsonObject {
  check.schema(option, given);
  // The schema's own, not zod's function: to load zod takes a tenth of a second, which a program without schemas is spared.
  if (typeof (given as Partial<ZodType>).toJSONSchema !== 'function')
    check.fail(option, 'be a schema of zod 4.2 or later', given);
  try {
    const { $schema: _dialect, ...rest } = given.toJSONSchema({ io: 'input' });
    return JSON.parse(JSON.stringify(rest)) as JsonObject;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return check.fail(option, `be a schema that JSON Schema can express (${why})`, given);
  }
}
