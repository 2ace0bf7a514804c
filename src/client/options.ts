import { runnableOf, type AnyWorkflow } from '../definition/is-workflow.js';
import { DURATION_FORM, milliseconds, type Duration } from '../plan/duration.js';
import { OptionError, type Misuse } from '../plan/errors.js';

/** Checks the options of one call, naming it in every message. */
export class Options {
  constructor(readonly at: string) {}

  fail(option: string, must: string, got: unknown): never {
    throw new OptionError({ at: this.at, option, must, got });
  }

  known(options: unknown, known: readonly string[]): void {
    if (typeof options !== 'object' || options === null) {
      throw new OptionError({ at: this.at, must: 'be given an object of options', got: options });
    }
    const unknown = Object.keys(options).find((key) => !known.includes(key));
    if (unknown === undefined) return;
    const misuse: Misuse = {
      at: this.at,
      must: `have no option \`${unknown}\`: the options are ${known.join(', ')}`,
    };
    throw new OptionError(misuse);
  }

  /** Milliseconds, from `least`; `null` where it isn't given. */
  duration(option: string, value: Duration | undefined, least = 0): number | null {
    if (value === undefined) return null;
    const ms = milliseconds(value);
    return ms === null || ms < least ? this.fail(option, `be ${DURATION_FORM}`, value) : ms;
  }

  text(option: string, value: unknown): string | null {
    if (value === undefined) return null;
    if (typeof value !== 'string' || value === '') {
      this.fail(option, 'be a string that is not empty', value);
    }
    return value;
  }

  flag(option: string, value: unknown): boolean {
    if (value === undefined) return false;
    return typeof value === 'boolean' ? value : this.fail(option, 'be a boolean', value);
  }

  integer(option: string, value: unknown, from: number): number {
    if (!Number.isInteger(value) || (value as number) < from) {
      this.fail(option, `be an integer from ${String(from)}`, value);
    }
    return value as number;
  }

  /** Agents and teams among them are the workflows that they are by themselves. */
  workflows(option: string, value: unknown): readonly AnyWorkflow[] {
    if (!Array.isArray(value) || value.length === 0) {
      this.fail(option, 'be a list of at least one workflow', value);
    }
    return value.map((each: unknown, index) => {
      const must = 'be a Workflow, an Agent or a Team';
      return runnableOf(each) ?? this.fail(`${option}[${String(index)}]`, must, each);
    });
  }
}
