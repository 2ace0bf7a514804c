import type { ZodType } from 'zod';
import { RESERVED_NODE_PREFIX } from '../plan/contract.js';
import { DURATION_FORM, milliseconds } from '../plan/duration.js';
import { DefinitionError } from '../plan/errors.js';
import { utf8Bytes } from '../plan/json.js';

/** Checks the options of one node, naming it in every message. */
export class Check {
  constructor(readonly at: string) {}

  /** For options whose name isn't checked yet: the node is called by it where it can be. */
  static of(kind: string, options: unknown): Check {
    const { name } = (typeof options === 'object' ? (options ?? {}) : {}) as { name?: unknown };
    return new Check(typeof name === 'string' && /^\P{Cc}{1,200}$/u.test(name) ? name : kind);
  }

  fail(option: string, must: string, got: unknown): never {
    throw new DefinitionError({ at: this.at, option, must, got });
  }

  /** Options are one object of known keys: a typo is found here, not by a run an hour later. */
  known(
    options: unknown,
    known: readonly string[],
    hints: Readonly<Record<string, string>> = {},
  ): void {
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw new DefinitionError({
        at: this.at,
        must: 'be given an object of options',
        got: options,
      });
    }
    for (const key of Object.keys(options)) {
      if (known.includes(key)) continue;
      const camel = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      const hint = hints[camel];
      if (hint !== undefined)
        throw new DefinitionError({ at: `${this.at}: \`${key}\``, must: hint });
      if (known.includes(camel)) {
        throw new DefinitionError({ at: this.at, option: key, must: `be spelled \`${camel}\`` });
      }
      throw new DefinitionError({
        at: this.at,
        must: `have no option \`${key}\`: the options are ${known.join(', ')}`,
      });
    }
  }

  name(option: string, value: unknown): string {
    if (typeof value !== 'string' || value.trim() === '')
      this.fail(option, 'be a string that is not empty', value);
    if (/[\u0000-\u001f\u007f-\u009f]|\p{Surrogate}/u.test(value))
      this.fail(option, 'be without control characters and halves of characters', value);
    if (utf8Bytes(value) > MAX_NAME_BYTES)
      this.fail(option, `have at most ${String(MAX_NAME_BYTES)} bytes`, value);
    return value;
  }

  nodeName(value: unknown): string {
    const name = this.name('name', value);
    this.#unreserved('name', name);
    return name;
  }

  #unreserved(option: string, name: string): void {
    if (!name.startsWith(RESERVED_NODE_PREFIX)) return;
    const must = `not begin with '${RESERVED_NODE_PREFIX}', which names what is the engine's`;
    this.fail(option, must, name);
  }

  text(option: string, value: unknown): string | null {
    if (value === undefined) return null;
    if (typeof value !== 'string') this.fail(option, 'be a string', value);
    return value;
  }

  /** Text of any length, with line breaks or without. */
  filled(option: string, value: unknown): string {
    if (typeof value !== 'string' || value.trim() === '')
      this.fail(option, 'be a string that is not empty', value);
    return value;
  }

  texts(option: string, value: unknown): readonly string[] {
    if (!Array.isArray(value)) this.fail(option, 'be a list of strings', value);
    return Array.from(value, (text, index) => this.filled(`${option}[${String(index)}]`, text));
  }

  names(option: string, value: unknown): readonly string[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) this.fail(option, 'be a list of names', value);
    return Array.from(value, (name, index) => this.name(`${option}[${String(index)}]`, name));
  }

  nodeNames(option: string, value: unknown): readonly string[] {
    const names = this.names(option, value);
    for (const [index, name] of names.entries())
      this.#unreserved(`${option}[${String(index)}]`, name);
    return names;
  }

  integer(option: string, value: unknown, from: number): number {
    if (!Number.isInteger(value) || (value as number) < from)
      this.fail(option, `be an integer from ${String(from)}`, value);
    return value as number;
  }

  /** An integer from 0; `null` where it isn't given. */
  count(option: string, value: unknown): number | null {
    return value === undefined ? null : this.integer(option, value, 0);
  }

  /** `null` where it isn't given. */
  flag(option: string, value: unknown): boolean | null {
    if (value === undefined) return null;
    return typeof value === 'boolean' ? value : this.fail(option, 'be a boolean', value);
  }

  number(option: string, value: unknown, from: number): number {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < from) {
      this.fail(option, `be a number from ${String(from)}`, value);
    }
    return value;
  }

  /** Milliseconds of a duration, at least one. */
  duration(option: string, value: unknown): number {
    const ms = milliseconds(value);
    if (ms === null || ms < 1) this.fail(option, `be ${DURATION_FORM}`, value);
    if (ms > MAX_TIMER) this.fail(option, 'be at most 24 days', value);
    return ms;
  }

  /** A zod schema, of whatever copy of zod. */
  schema<T extends ZodType>(option: string, value: T): T {
    const parse = (value as Partial<T> | null)?.safeParseAsync;
    return typeof parse === 'function' ? value : this.fail(option, 'be a zod schema', value);
  }

  oneOf<T extends string>(option: string, value: unknown, choices: readonly T[]): T {
    if (!choices.includes(value as T))
      this.fail(option, `be ${choices.map((c) => `'${c}'`).join(' or ')}`, value);
    return value as T;
  }
}

const MAX_NAME_BYTES = 200;
/** Node's timers fire at once when they are to wait for longer than 24.8 days. */
const MAX_TIMER = 24 * 86_400_000;
