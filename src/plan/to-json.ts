import type { Json } from './json.js';

/** A value holds what JSON can't carry. */
export class NotJsonError extends Error {
  override readonly name = 'NotJsonError';

  constructor(
    readonly path: string,
    readonly found: string,
  ) {
    super(`${path} is ${found}, which JSON can't carry`);
  }
}

/**
 * A copy of a value as JSON, without losing anything on the way: what `JSON.stringify` would silently drop or change is
 * refused. A property that is `undefined` counts as absent.
 *
 * @throws NotJsonError names the path and what was found there.
 */
export function toJson(value: unknown, path: string): Json {
  return copy(value, path, []);
}

function copy(value: unknown, path: string, above: readonly object[]): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new NotJsonError(path, String(value));
      return value;
    case 'undefined':
      throw new NotJsonError(path, 'undefined');
    case 'bigint':
      throw new NotJsonError(path, 'a BigInt: give a string or a number');
    case 'symbol':
    case 'function':
      throw new NotJsonError(path, `a ${typeof value}`);
    case 'object':
      return value === null ? null : copyObject(value, path, above);
  }
}

function copyObject(value: object, path: string, above: readonly object[]): Json {
  if (above.includes(value)) throw new NotJsonError(path, 'a circular reference');
  const around = [...above, value];
  if (Array.isArray(value))
    return value.map((item, index) => copy(item, `${path}[${String(index)}]`, around));

  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
  // Objects of another realm are plain as well: it is by their prototype's prototype that they are known.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new NotJsonError(path, described(value, prototype));
  }
  const copied: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    if (item === undefined) continue;
    Object.defineProperty(copied, key, {
      value: copy(
        item,
        /^[\w$]+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`,
        around,
      ),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copied;
}

function described(value: object, prototype: { constructor?: { name?: string } }): string {
  if (value instanceof Date) return 'a Date: give its toISOString()';
  if (value instanceof Map) return 'a Map: give Object.fromEntries of it';
  if (value instanceof Set) return 'a Set: give a list of it';
  if (value instanceof Promise) return 'a Promise: await it';
  const name = prototype.constructor?.name ?? '';
  return name === '' ? 'an instance of a class' : `an instance of the class ${name}`;
}
