import { describe, expect, test } from 'vitest';
import { goldenCases } from '../support/golden-cases.js';
import { withoutWords } from '../support/golden-errors.js';
import { Reference, refusedNode } from '../support/reference/run.js';

describe('the reference interpreter gives what is decided', () => {
  test.each(goldenCases)('$name: $description', ({ definition, ...golden }) => {
    const { decided_construct_error: refused, runs } = golden;
    const refusal = refused?.split(':')[0]?.split('/').at(-1) ?? null;
    expect(refusedNode(definition)).toBe(refusal);
    if (refusal !== null) return;

    const reference = new Reference(definition);
    for (const { input, decided } of runs) {
      const answer = reference.run(input);
      if (decided === undefined) continue;
      const compared = Object.entries(answer).filter(([field]) => field in decided);
      expect(withoutWords(Object.fromEntries(compared), definition)).toEqual(
        withoutWords(decided, definition),
      );
    }
  });
});
