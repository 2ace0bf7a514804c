/** What JSON can carry: the only values that cross between processes and stand in a history. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** An object of JSON. */
export interface JsonObject {
  [key: string]: Json;
}

/** Tells objects from arrays and scalars. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets a key of any name: `__proto__` is a key like others in JSON. */
export function put<T>(target: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/** A copy that shares nothing with its original. */
export function copied<T>(value: T): T;
export function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => copied(item));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copied(item)]));
}

/** Empty content doesn't flow into a Parallel's content or a prompt: `null` and `''`. `0`, `false`, `[]` and `{}` are content. */
export function isEmpty(value: Json): boolean {
  return value === null || value === '';
}

/** A value as text: a string as it is, nothing as `''`, anything else as JSON with two spaces. */
export function textOf(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** Bytes of a value's JSON in UTF-8, which is what Temporal's payload limits count. */
export function jsonBytes(value: unknown): number {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? 0 : utf8Bytes(text);
}

const encoder = new TextEncoder();

export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}
