import type { Json, JsonObject } from '../golden-case.js';

/** `null` and `''`: what doesn't flow into a Parallel's content or a prompt. */
export function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '';
}

/** TEXT of a value: a string as it is, empty for `null`, anything else JSON with two spaces. */
export function textOf(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

/** How the cases print a value: `<none>`, a string as it is, anything else as compact JSON with its keys sorted. */
export function show(value: Json | undefined): string {
  if (value === undefined || value === null) return '<none>';
  return typeof value === 'string' ? value : canonical(value);
}

/** Equal values have equal texts. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`).join(',')}}`;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `=== NAME ===` and the TEXT of each that isn't empty, with blank lines between. */
export function sectionsOf(
  outputs: readonly { readonly name: string; readonly content: Json }[],
): string {
  return outputs
    .filter(({ content }) => !isEmpty(content))
    .map(({ name, content }) => `=== ${name} ===\n${textOf(content)}`)
    .join('\n\n');
}
