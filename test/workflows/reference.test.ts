import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { Trial } from '../support/golden.js';
import { decidedCase } from '../support/golden-reference.js';
import { OnServer } from '../support/golden-server.js';
import { entitled, randomPrograms } from '../support/random-programs.js';
import { testBed } from '../support/temporal.js';

const PROGRAMS = 60;
/** Run side by side, on one pair of workers. */
const AT_ONCE = 20;

/** Of a failure that is to be looked at again: OUTLAST_TEST_SEED. */
const SEED = Number(process.env['OUTLAST_TEST_SEED'] ?? Date.now() % 1_000_000);

const samples = fc.sample(randomPrograms(), { numRuns: PROGRAMS, seed: SEED });
const batches = Array.from({ length: PROGRAMS / AT_ONCE }, (_, batch) => ({
  batch: batch + 1,
  programs: samples.slice(batch * AT_ONCE, (batch + 1) * AT_ONCE),
}));

test.each(batches)(
  `a run on the server does what the reference interpreter does, seed ${SEED}, batch $batch`,
  async ({ programs }) => {
    const bed = await testBed();
    const title = `Random ${randomUUID()}`;
    const trials = await Promise.all(
      programs.map((program, index) =>
        Trial.prepare(decidedCase(entitled(program, `${title} ${index}`))),
      ),
    );
    for (const trial of trials) onTestFinished(() => trial[Symbol.asyncDispose]());
    const workflows = trials.flatMap(({ workflow }) => (workflow instanceof Error ? [] : workflow));
    // Two, so that what one has seen the other has to read from the history.
    await bed.worker(workflows);
    await bed.worker(workflows);
    const differences = await Promise.all(
      trials.map((trial) => trial.differences(new OnServer(bed.client))),
    );
    for (const [index, found] of differences.entries()) {
      expect(found, JSON.stringify(trials[index]!.golden)).toEqual([]);
    }
  },
);
