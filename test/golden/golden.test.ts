import { describe, expect, test } from 'vitest';
import { Trial } from '../support/golden.js';
import { goldenCases } from '../support/golden-cases.js';
import { InMemory } from '../support/golden-memory.js';
import { reasonToSkip } from '../support/golden-needs.js';

const covered = goldenCases.filter((golden) => reasonToSkip(golden, 'memory') === null);

describe.each([1, 2, 3])('in memory, with the seed %i', (seed) => {
  test.each(covered)('$name: $description', async (golden) => {
    await using trial = await Trial.prepare(golden);
    expect(await trial.differences(new InMemory(seed))).toEqual([]);
  });
});
