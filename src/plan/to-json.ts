import { put, type Json } from './json.js';

/** A value holds what JSON can't carry. */
export class NotJsonError extends Error {
  override readonly name = 'NotJsonError';

  constructor(
    readonly path: string,
    /** What was found there, and what to give instead. */
    readonly found: string,
    readonly value: unknown,
  ) {
    super(`${path} is ${found}, which JSON can't carry`);
  }
}

/** Deeper than what programs build on purpose, and far from where recursion ends. */
const MAX_DEPTH = 500;

/**
 * A copy of a value as JSON, without losing anything on the way: what `JSON.stringify` would silently drop or change is
 * refused. A property that is `undefined` counts as absent, and -0 is 0.
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
      if (!Number.isFinite(value)) throw new NotJsonError(path, String(value), value);
      return value === 0 ? 0 : value;
    case 'undefined':
      throw new NotJsonError(path, 'undefined', value);
    case 'bigint':
      throw new NotJsonError(path, 'a BigInt (give a string or a number)', value);
    case 'symbol':
    case 'function':
      throw new NotJsonError(path, `a ${typeof value}`, value);
    case 'object':
      return value === null ? null : copyObject(value, path, above);
  }
}

function copyObject(value: object, path: string, above: readonly object[]): Json {
  if (above.includes(value)) throw new NotJsonError(path, 'a circular reference', value);
  if (above.length >= MAX_DEPTH)
    throw new NotJsonError(path, `more than ${String(MAX_DEPTH)} levels deep`, value);
  const around = [...above, value];
  return Array.isArray(value) ? copyArray(value, path, around) : copyPlain(value, path, around);
}

function copyArray(value: readonly unknown[], path: string, around: readonly object[]): Json {
  const extra = Object.keys(value).find((key) => !/^\d+$/.test(key));
  if (extra !== undefined)
    throw new NotJsonError(`${path}.${extra}`, 'a property of an array', value);
  return Array.from(value, (item, index) => {
    const place = `${path}[${String(index)}]`;
    if (!(index in value)) throw new NotJsonError(place, 'a hole in an array (give null)', item);
    return copy(item, place, around);
  });
}

function copyPlain(value: object, path: string, around: readonly object[]): Json {
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null;
  // Objects of another realm are plain as well: it is by their prototype's prototype that they are known.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new NotJsonError(path, described(value, prototype), value);
  }
  const symbol = Object.getOwnPropertySymbols(value).find((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  if (symbol !== undefined)
    throw new NotJsonError(`${path}[${String(symbol)}]`, 'a property under a symbol', value);

  const copied: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value) as [string, unknown][]) {
    if (item === undefined) continue;
    const place = /^[\w$]+$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    put(copied, key, copy(item, place, around));
  }
  return copied;
}

function described(value: object, prototype: { constructor?: { name?: string } }): string {
  if (value instanceof Date) return 'a Date (give its toISOString())';
  if (value instanceof Map) return 'a Map (give Object.fromEntries of it)';
  if (value instanceof Set) return 'a Set (give a list of it)';
  if (value instanceof Promise) return 'a Promise (await it)';
  if (ArrayBuffer.isView(value)) return 'bytes (give them in base64)';
  const name = prototype.constructor?.name ?? '';
  return name === '' ? 'an instance of a class' : `an instance of the class ${name}`;
}
