import { writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startsIn, writerOf } from '../support/call-journal.js';
import type { Decided, GoldenCase, GoldenPrompt } from '../support/golden-case.js';
import { Trial } from '../support/golden.js';
import { promptOf } from '../support/golden-compare.js';
import { decidedCase } from '../support/golden-reference.js';
import { OnServer } from '../support/golden-server.js';
import { faultsOf, miscounted, repeatedOf, type Kill } from '../support/killed-calls.js';
import { journal, workerProcess, type Journal, type WorkerProcess } from '../support/processes.js';
import { entitled, randomPrograms, uncounted } from '../support/random-programs.js';
import { recordedCalls } from '../support/recorded-calls.js';
import { tempFolder } from '../support/temp-folder.js';
import { testBed, type TestBed } from '../support/temporal.js';
import { PROGRAMS_VARIABLE, type ToldProgram } from './programs/random.js';

const MODULE = path.join(import.meta.dirname, 'programs/random.ts');

const PROGRAMS = 20;
const KILLS = 6;
/** Of a program's functions: with fewer calls it is over before anything happens to it. */
const MIN_CALLS = 3;
/** Milliseconds. */
const MAX_PAUSE = 1_500;

/** Of a failure that is to be looked at again: OUTLAST_TEST_SEED. */
const SEED = Number(process.env['OUTLAST_TEST_SEED'] ?? Date.now() % 1_000_000);

/** Each needs a case that is decided; all that follows from the seed. */
const samples = fc
  // Who counts in a process that is killed begins anew, and would decide by that.
  .sample(randomPrograms().map(uncounted), { numRuns: 10 * PROGRAMS, seed: SEED })
  .filter((program) => callsIn(decidedOf(decidedCase(program))) >= MIN_CALLS)
  .slice(0, PROGRAMS);
const [pauses, chances] = fc.sample(
  fc.noBias(
    fc.tuple(
      fc.array(fc.integer({ min: 0, max: MAX_PAUSE }), {
        minLength: PROGRAMS,
        maxLength: PROGRAMS,
      }),
      fc.array(fc.integer({ min: 0, max: 99 }), { minLength: KILLS, maxLength: KILLS }),
    ),
  ),
  { numRuns: 1, seed: SEED },
)[0]!;

test(
  `of programs whose workers are killed comes what the reference interpreter decides, and only what was under way is repeated, seed ${SEED}`,
  { timeout: 180_000 },
  async () => {
    const bed = await testBed();
    const log = journal();
    const title = `Killed ${randomUUID()}`;
    const cases = samples.map((program, index) =>
      decidedCase(entitled(program, `${title} ${index}`)),
    );
    const trials = await Promise.all(cases.map((golden) => Trial.prepare(onItsOwn(golden))));
    for (const trial of trials) onTestFinished(() => trial[Symbol.asyncDispose]());
    tell(trials);

    const killing = killed(bed, log, momentsOf(cases));
    const ends = trials.map(async (trial) => {
      const host = new OnServer(bed.client);
      let runId = '';
      const found = await trial.differences({
        async run(request) {
          const answer = await host.run(request);
          if (answer !== 'rejected') ({ runId } = answer);
          return answer;
        },
      });
      return { found, runId };
    });
    const kills = await killing;
    const runs = await Promise.all(ends);

    const calls = startsIn(log);
    let turnsRepeated = 0;
    for (const [index, { found, runId }] of runs.entries()) {
      const { attempts = {}, agent_prompts = [] } = decidedOf(cases[index]!);
      const recorded = await recordedCalls(bed.client, runId);
      const ids = new Set([runId, ...recorded.map((each) => each.runId)]);
      const own = calls.filter(([start]) => ids.has(start!.runId));
      const prompts = trials[index]!.model.requests.map(promptOf);
      turnsRepeated += prompts.length - agent_prompts.length;
      const faults = [
        ...found,
        ...own.flatMap((call) => faultsOf(call, recorded, kills)),
        ...miscounted(
          own.filter(([start]) => start!.runId === runId),
          attempts,
          kills,
        ),
      ];
      expect(faults, JSON.stringify(cases[index])).toEqual([]);
      expect(distinct(prompts)).toEqual(distinct(agent_prompts));
    }
    const repeated = calls.flatMap((call) => repeatedOf(call, kills));
    console.log(
      `seed ${SEED}: ${kills.length} kills, ${calls.length} calls, ${repeated.length} starts and ${turnsRepeated} turns repeated, ` +
        `${calls.filter((call) => call.at(-1)!.end === null).length} calls lost`,
    );
    expect(repeated).not.toEqual([]);
  },
);

/** The programs, for the workers' processes. */
function tell(trials: readonly Trial[]): void {
  const told = trials.map(({ golden: { definition }, model }, index): ToldProgram => ({
    ...{ definition, modelURL: model.baseURL, pause: pauses[index]! },
  }));
  const file = path.join(tempFolder(), 'programs.json');
  writeFileSync(file, JSON.stringify(told));
  vi.stubEnv(PROGRAMS_VARIABLE, file);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

/** Two workers do what there is; at each moment the one that wrote the journal's last entry is killed, and replaced. */
async function killed(
  bed: TestBed,
  log: Journal,
  moments: readonly number[],
): Promise<readonly Kill[]> {
  const running = new Set<WorkerProcess>();
  const start = async (): Promise<void> => {
    running.add(await workerProcess(MODULE, bed, log));
  };
  const started = [start(), start()];
  const kills: Kill[] = [];
  for (const moment of moments) {
    await log.holds(moment);
    await expect.poll(() => running.size, { timeout: 60_000 }).toBeGreaterThan(0);
    const writer = writerOf(log, moment);
    const all = [...running];
    const victim = all.find(({ process: { pid } }) => pid === writer) ?? all[0]!;
    running.delete(victim);
    kills.push({ pid: victim.process.pid!, at: Date.now() });
    await victim.kill();
    started.push(start());
  }
  await Promise.all(started);
  return kills;
}

/**
 * After how many entries of the journal workers are killed. So they mean the same on a slow machine, and come while runs
 * are open: of each call there are two entries at least.
 */
function momentsOf(cases: readonly GoldenCase[]): readonly number[] {
  const entries = 2 * cases.reduce((sum, golden) => sum + callsIn(decidedOf(golden)), 0);
  return chances.map((chance, nth) =>
    Math.ceil(entries * (0.05 + (0.75 * (nth + chance / 100)) / KILLS)),
  );
}

/** Without what has to be counted apart from what a kill repeated. */
function onItsOwn(golden: GoldenCase): GoldenCase {
  const { attempts: _attempts, agent_prompts: _prompts, ...decided } = decidedOf(golden);
  return { ...golden, runs: golden.runs.map((run) => ({ ...run, decided })) };
}

function decidedOf({ runs: [run] }: GoldenCase): Decided {
  return run!.decided as Decided;
}

function callsIn({ attempts = {} }: Decided): number {
  return Object.values(attempts).reduce((sum, calls) => sum + calls, 0);
}

function distinct(prompts: readonly GoldenPrompt[]): readonly string[] {
  return [...new Set(prompts.map((prompt) => JSON.stringify(prompt)))].sort();
}
