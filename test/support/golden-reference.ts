import type { GoldenCase } from './golden-case.js';
import type { RandomProgram } from './random-programs.js';
import { Reference } from './reference/run.js';

/** A program as a case, decided by the reference interpreter. */
export function decidedCase({ definition, input }: RandomProgram): GoldenCase {
  const decided = new Reference(definition).run(input);
  const agno = { status: 'none', content: null };
  return {
    name: definition.name,
    description: 'by the reference interpreter',
    kind: 'run',
    definition,
    runs: [{ input, decided, agno_2_3_4: agno }],
  };
}
