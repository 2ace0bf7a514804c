import type { ModelPrice, Usage } from './model.js';

/** What a turn costs, in USD. */
export function costOf(
  { input, output, cached = 0 }: Usage,
  { input: perInput, output: perOutput, cachedInput = perInput }: ModelPrice,
): number {
  const known = Math.min(cached, input);
  const millions = (input - known) * perInput + known * cachedInput + output * perOutput;
  return dollars(millions / 1_000_000);
}

/** Without the noise of fractions: 0.7 and 0.1 are 0.8, which a budget of 0.8 is held against. */
export function dollars(value: number): number {
  return Number(value.toFixed(DIGITS));
}

/** As messages have it, without an exponent. */
export function dollarText(value: number): string {
  return value.toFixed(DIGITS).replace(/\.?0+$/, '');
}

/** A token costs some 0.0000001 USD. */
const DIGITS = 12;
