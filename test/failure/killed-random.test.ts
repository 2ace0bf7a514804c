import { writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Outlast } from '../../src/client/index.js';
import { turnOf, type CallId } from '../../src/plan/reference.js';
import { startsIn, writerOf } from '../support/call-journal.js';
import type { Decided, GoldenCase, GoldenPrompt } from '../support/golden-case.js';
import { Trial } from '../support/golden.js';
import { promptOf } from '../support/golden-compare.js';
import { decidedCase } from '../support/golden-reference.js';
import { OnServer } from '../support/golden-server.js';
import { faultsOf, miscounted, repeatedOf, type Kill } from '../support/killed-calls.js';
import { journal, workerProcess, type Journal, type WorkerProcess } from '../support/processes.js';
import { entitled, randomPrograms, uncounted } from '../support/random-programs.js';
import { recordedCalls, type RecordedCall } from '../support/recorded-calls.js';
import { tempFolder } from '../support/temp-folder.js';
import { testBed, type TestBed } from '../support/temporal.js';
import { PROGRAMS_VARIABLE, type ToldProgram } from './programs/random.js';

const MODULE = path.join(import.meta.dirname, 'programs/random.ts');

const PROGRAMS = 20;
const KILLS = 4;
/** Of a program's functions: with fewer calls it is over before anything happens to it. */
const MIN_CALLS = 3;
/** Of each call of an executor, in milliseconds: so some are under way when a worker is killed. */
const MAX_PAUSE = 500;

/** Of a failure that is to be looked at again: OUTLAST_TEST_SEED. */
const SEED = Number(process.env['OUTLAST_TEST_SEED'] ?? Date.now() % 1_000_000);

const samples = fc
  // An executor that counts its calls would begin anew in the process after a kill, and answer something else.
  .sample(randomPrograms().map(uncounted), { numRuns: 10 * PROGRAMS, seed: SEED })
  .filter((program) => callsIn(decidedOf(decidedCase(program))) >= MIN_CALLS)
  .slice(0, PROGRAMS);
/** How long the calls of each program take; and of two kills each, when the first is due, and how much later the second. */
const [pauses, chances] = fc.sample(
  fc.noBias(
    fc.tuple(
      fc.array(fc.integer({ min: 0, max: MAX_PAUSE }), {
        minLength: PROGRAMS,
        maxLength: PROGRAMS,
      }),
      fc.array(fc.tuple(fc.integer({ min: 20, max: 99 }), fc.integer({ min: 1, max: 9 })), {
        minLength: KILLS / 2,
        maxLength: KILLS / 2,
      }),
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

    const [kills, runs] = await Promise.all([
      killed(bed, log, momentsOf(cases)),
      Promise.all(trials.map((trial) => ended(trial, bed.client))),
    ]);

    const calls = startsIn(log);
    const recorded = runs.flatMap((run) => run.recorded);
    const repeated = calls.flatMap((call) => repeatedOf(call, kills));
    const lost = calls.filter((call) => call.at(-1)!.end === null);
    const extraTurns = runs.reduce((sum, { prompts }) => sum + prompts.length, 0) - turnsIn(cases);
    console.log(
      `Seed ${SEED}: ${kills.length} kills, ${calls.length} calls, ${repeated.length} starts repeated, ${extraTurns} turns repeated, ${lost.length} calls lost.`,
    );
    expect(calls.flatMap((call) => faultsOf(call, recorded, kills))).toEqual([]);
    for (const [index, { runId, found, prompts }] of runs.entries()) {
      const { attempts = {}, agent_prompts = [] } = decidedOf(cases[index]!);
      const own = calls.filter(([start]) => start!.runId === runId);
      const about = JSON.stringify(cases[index]);
      expect([...found, ...miscounted(own, attempts, kills)], about).toEqual([]);
      expect(distinct(prompts), about).toEqual(distinct(agent_prompts));
    }
    expect(extraTurns).toBeLessThanOrEqual(lostTurns(recorded));
    // Else nothing was under way at any kill.
    expect(repeated).not.toEqual([]);
  },
);

/** What came of a program's run, and what its history and its models saw of it. */
interface Ended {
  readonly runId: string;
  /** How it differs from what is decided. */
  readonly found: readonly string[];
  readonly recorded: readonly RecordedCall[];
  readonly prompts: readonly GoldenPrompt[];
}

async function ended(trial: Trial, client: Outlast): Promise<Ended> {
  const host = new OnServer(client);
  let runId = '';
  const found = await trial.differences({
    async run(request) {
      const answer = await host.run(request);
      if (answer !== 'rejected') ({ runId } = answer);
      return answer;
    },
  });
  const recorded = await recordedCalls(client, runId);
  return { runId, found, recorded, prompts: trial.model.requests.map(promptOf) };
}

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
 * are open: of each call there are two entries at least. They come in twos, for what is lost begins again after 11 s.
 */
function momentsOf(cases: readonly GoldenCase[]): readonly number[] {
  const entries = 2 * cases.reduce((sum, golden) => sum + callsIn(decidedOf(golden)), 0);
  return chances.flatMap(([first, later], nth) => {
    const moment = Math.ceil((entries * (nth + first / 100)) / (chances.length + 2));
    return [moment, moment + later];
  });
}

/** Without what has to be counted apart from what a kill repeated. */
function onItsOwn(golden: GoldenCase): GoldenCase {
  const { attempts: _attempts, agent_prompts: _prompts, ...decided } = decidedOf(golden);
  return { ...golden, runs: golden.runs.map((run) => ({ ...run, decided })) };
}

function decidedOf({ runs: [run] }: GoldenCase): Decided {
  return run!.decided as Decided;
}

/** Of all models. */
function turnsIn(cases: readonly GoldenCase[]): number {
  return cases.reduce((sum, golden) => sum + (decidedOf(golden).agent_prompts ?? []).length, 0);
}

/** How often a turn was given to a worker again. */
function lostTurns(recorded: readonly RecordedCall[]): number {
  const turns = recorded.filter(({ call }) => turnOf(call as CallId) !== null);
  return turns.reduce((sum, { attempts }) => sum + attempts - 1, 0);
}

function callsIn({ attempts = {} }: Decided): number {
  return Object.values(attempts).reduce((sum, calls) => sum + calls, 0);
}

function distinct(prompts: readonly GoldenPrompt[]): readonly string[] {
  return [...new Set(prompts.map((prompt) => JSON.stringify(prompt)))].sort();
}
