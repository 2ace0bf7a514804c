import { OptionError } from '../plan/errors.js';
import type { JsonObject } from '../plan/json.js';
import { NotJsonError, toJson } from '../plan/to-json.js';
import type { Options } from './options.js';

/** An option that is an object of JSON, as a copy. @throws OptionError */
export function jsonObject(check: Options, option: string, value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    check.fail(option, 'be an object', value);
  }
  try {
    return toJson(value, option) as JsonObject;
  } catch (error) {
    if (!(error instanceof NotJsonError)) throw error;
    throw new OptionError({
      at: check.at,
      option: error.path,
      must: `be JSON: it is ${error.found}`,
    });
  }
}
