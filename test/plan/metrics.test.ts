import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { costOf, dollars, dollarText } from '../../src/plan/cost.js';
import { metricsOf, NO_METRICS, plus, sideBySide, someMetrics } from '../../src/plan/metrics.js';

const price = { input: 0.25, cachedInput: 0.025, output: 2 };

describe('what a turn costs', () => {
  test('is that of its tokens, of which those in the cache have a price of their own', () => {
    expect(costOf({ input: 1_000_000, output: 0 }, price)).toBe(0.25);
    expect(costOf({ input: 1_000_000, cached: 400_000, output: 100_000 }, price)).toBe(0.36);
  });

  test('is that of all input where nothing else is said of the cache', () => {
    const { cachedInput: _, ...plain } = price;
    expect(costOf({ input: 1_000_000, cached: 400_000, output: 0 }, plain)).toBe(0.25);
  });

  test('is never negative, whatever a provider tells', () => {
    expect(costOf({ input: 10, cached: 1_000, output: 0 }, price)).toBe(dollars(0.000_000_25));
  });

  test('adds up without the noise of fractions, to the price of all of its tokens', () => {
    const turn = (cost: number) => metricsOf({ cost });
    expect(plus(turn(0.7), turn(0.1)).cost).toBe(0.8);
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { maxLength: 30 }), (tokens) => {
        const costs = tokens.map((output) => costOf({ input: 0, output }, price));
        const all = tokens.reduce((sum, each) => sum + each, 0);
        expect(costs.reduce((sum, cost) => dollars(sum + cost), 0)).toBeCloseTo(
          costOf({ input: 0, output: all }, price),
          9,
        );
      }),
    );
  });

  test.each([
    [5, '5'],
    [10.5, '10.5'],
    [0.000_000_35, '0.00000035'],
  ])('is written without an exponent: %s', (cost, text) => {
    expect(dollarText(cost)).toBe(text);
  });
});

describe('what several turns took', () => {
  const first = metricsOf({
    ...{ usage: { input: 10, output: 5 }, cost: 0.1, took: 300, firstToken: 100 },
    calls: [{ id: '1', name: 't', arguments: '{}' }],
  });
  const second = metricsOf({
    usage: { input: 20, output: 1, cached: 8 },
    took: 200,
    firstToken: 9,
  });

  test('is the sum, with the first one’s time to the first token', () => {
    expect(plus(first, second)).toEqual({
      ...{ turns: 2, toolCalls: 1, inputTokens: 30, outputTokens: 6, cachedTokens: 8 },
      ...{ reasoningTokens: 0, cost: 0.1, modelTime: 500, workTime: 500, timeToFirstToken: 100 },
    });
  });

  test('is of the time of work that of the longest, where they were taken side by side', () => {
    const { timeToFirstToken: _, ...rest } = plus(first, second);
    expect(sideBySide([first, second])).toEqual({ ...rest, workTime: 300 });
    expect(sideBySide([])).toEqual(NO_METRICS);
  });

  test('has no cost, and no time to the first token, where none is known', () => {
    const unknown = plus(metricsOf({}), metricsOf({}));
    expect(unknown).toEqual({ ...NO_METRICS, turns: 2 });
    expect(someMetrics(unknown)).toBe(unknown);
    expect(someMetrics(NO_METRICS)).toBeNull();
  });
});
