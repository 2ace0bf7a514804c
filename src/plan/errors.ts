import type { ErrorCode } from './codes.js';

/** The base of every error of ours: `code` says what happened, the message what, where, and what to do. */
export abstract class OutlastError extends Error {
  abstract readonly code: ErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/**
 * Throw it in an executor to fail the step at once, without further attempts: the input is wrong, the account is
 * closed, the document doesn't exist.
 */
export class NonRetryableError extends OutlastError {
  readonly code = 'NON_RETRYABLE';
}

/** Facts of a misuse, made into one sentence. */
export interface Misuse {
  /** Where it stands: `Deep Research / Draft`. */
  readonly at: string;
  /** The option at fault, where one is. */
  readonly option?: string;
  /** The rule, as it goes on after "must". */
  readonly must: string;
  /** The value that breaks it. */
  readonly got?: unknown;
}

/** Something was given that breaks a rule: the message says what, where, the rule and the value. */
export abstract class MisuseError extends OutlastError {
  readonly at: string;
  readonly option: string | null;

  constructor(misuse: Misuse) {
    super(sentence(misuse));
    this.at = misuse.at;
    this.option = misuse.option ?? null;
  }
}

/** Something is wrong with a definition. Thrown when it is constructed, never by a run. */
export class DefinitionError extends MisuseError {
  readonly code = 'DEFINITION_INVALID';
}

/** An option of a call (`run`, `waitForRun`, `createWorker` …) breaks its rule. */
export class OptionError extends MisuseError {
  readonly code = 'OPTION_INVALID';
}

function sentence({ at, option, must, ...rest }: Misuse): string {
  const subject = option === undefined ? `${at} must ${must}` : `${at}: \`${option}\` must ${must}`;
  return 'got' in rest ? `${subject}, got ${shown(rest.got)}` : subject;
}

/** A value as an error message shows it: short, and telling kinds apart. */
function shown(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}…` : value);
  if (typeof value === 'function')
    return value.name === '' ? 'a function' : `the function ${value.name}`;
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value))
    return value.length === 0 ? 'an empty list' : `a list of ${String(value.length)}`;
  const kind = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)
    ?.constructor?.name;
  if (kind !== undefined && kind !== 'Object')
    return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
  const keys = Object.keys(value);
  return `an object with ${keys.length === 0 ? 'no keys' : `the keys ${keys.slice(0, 6).join(', ')}`}`;
}
