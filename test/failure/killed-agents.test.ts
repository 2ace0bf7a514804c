import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as elapsed } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Workflow } from '../../src/index.js';
import { faultsOf, repeatedOf, type Kill } from '../support/killed-calls.js';
import { ask, askAll, look, Outside, type OutsideStart, type Turn } from '../support/outside.js';
import { journal, workerProcess, type WorkerProcess } from '../support/processes.js';
import { recordedCalls, type RecordedCall } from '../support/recorded-calls.js';
import { finished, testBed, type TestBed } from '../support/temporal.js';
import { timeless } from '../support/timeless.js';
import { OUTSIDE_VARIABLE, workflows } from './programs/agents.js';

const MODULE = path.join(import.meta.dirname, 'programs/agents.ts');

/** What the agents ask for before they answer, by their references. */
const SCRIPT: Readonly<Record<string, readonly Turn[]>> = {
  Single: [[look('a')], [look('b'), look('c')], [look('d')], [look('e')], [look('f')]],
  Crew: [[ask('Ann'), ask('Desk')], [ask('Panel')]],
  'Crew/Ann': [[look('g')]],
  'Crew/Desk': [[ask('Bob')]],
  'Crew/Panel': [[askAll]],
  'Crew/Panel/Cid': [[look('h')]],
  'Pair/Left': [[look('i')]],
  'Pair/Right': [[look('j')]],
};
/** Turns and tools of an agent, a team and a pair by this script. */
const CALLS = [12, 14, 6];

/** Of a round: two workers at once, then one of two. */
const KILLS_A_ROUND = 3;
const KILLS = Number(process.env['OUTLAST_TEST_KILLS'] ?? KILLS_A_ROUND);

/** Of a failure that is to be looked at again: OUTLAST_TEST_SEED. */
const SEED = Number(process.env['OUTLAST_TEST_SEED'] ?? Date.now() % 1_000_000);
const SEEDS = Array.from({ length: Math.ceil(KILLS / KILLS_A_ROUND) }, (_, nth) => SEED + nth);

test.each(SEEDS)(
  'agents and teams whose workers are killed at each turn and tool come to what they come to undisturbed, and only what was under way is repeated, seed %i',
  { timeout: 150_000 },
  async (seed) => {
    const outside = await Outside.open(SCRIPT);
    onTestFinished(() => outside.server.close());
    vi.stubEnv(OUTSIDE_VARIABLE, outside.baseURL);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const bed = await testBed();
    const workers = new Workers(bed);
    await workers.start(2);
    const undisturbed = await Promise.all(
      workflows.map((workflow) => ended(bed, outside, workflow, randomUUID())),
    );
    expect(undisturbed.map(({ calls }) => calls.length)).toEqual(CALLS);

    const waits = (runId: string, call: string | null, end: Promise<unknown>): Promise<unknown> =>
      call === null ? end : Promise.race([outside.holds(runId, call), end]);
    const { pause, each } = chancesOf(seed);
    const trials = undisturbed
      .flatMap((end) => end.calls.map((_, nth) => ({ end, nth })))
      .map(({ end, nth }, index) => trialOf(bed, outside, end, nth, each[index]!));
    await Promise.all(trials.map(({ runId, first, end }) => waits(runId, first, end)));
    const kills = await workers.kill(2);
    await workers.start(2);

    await Promise.all(trials.map(({ runId, later, end }) => waits(runId, later, end)));
    // What they wait for is on its way when a worker dies.
    for (const { runId, later, isAnswered } of trials)
      if (later !== null && isAnswered) outside.release(runId, later);
    await elapsed(pause);
    kills.push(...(await workers.kill(1)));
    outside.releaseAllBut(kills.map(({ pid }) => pid));

    const ends = await Promise.all(trials.map(({ end }) => end));
    const calls = ends.flatMap((end) => end.calls);
    const recorded = ends.flatMap((end) => end.recorded);
    const repeated = calls.flatMap((call) => repeatedOf(call, kills));
    const lost = calls.filter((call) => call.at(-1)!.end === null);
    console.log(
      `Seed ${seed}: ${kills.length} kills in the middle of ${trials.length} runs, ${calls.length} calls, ${repeated.length} starts repeated, ${lost.length} calls lost.`,
    );
    expect(calls.flatMap((call) => faultsOf(call, recorded, kills))).toEqual([]);
    // Of each agent a kill repeats one turn, or tools of one.
    const places = distinct(repeated.map(({ pid, runId, call }) => [pid, runId, placeOf(call)]));
    const stages = distinct(repeated.map(({ pid, runId, call }) => [pid, runId, stageOf(call)]));
    expect(stages).toHaveLength(places.length);
    for (const [index, { first, later, like }] of trials.entries()) {
      const { told, calls: own } = ends[index]!;
      expect(told, `${first}, ${String(later)}`).toEqual(like);
      // Else nothing was hit there.
      expect(startsOf(own, first), first).toBeGreaterThan(1);
    }
  },
);

/** A run that is to be killed at a call of it, and maybe at a later one. */
interface Trial {
  readonly runId: string;
  readonly first: string;
  /** `null`: the first is its last. */
  readonly later: string | null;
  /** The later one is answered just before the kill. */
  readonly isAnswered: boolean;
  /** What becomes of it undisturbed. */
  readonly like: Told;
  readonly end: Promise<Ended>;
}

/**
 * What a run came to, without what is its own: its content, what its agents took, of which nothing counts twice, and digests of
 * what each of its models was sent.
 */
interface Told {
  readonly content: unknown;
  readonly metrics: unknown;
  readonly sent: Readonly<Record<string, readonly string[]>>;
}

interface Ended {
  readonly workflow: Workflow<string>;
  readonly told: Told;
  readonly calls: readonly (readonly OutsideStart[])[];
  readonly recorded: readonly RecordedCall[];
}

interface Chance {
  /** How far the later call is, of those after the first: a percentage. */
  readonly share: number;
  readonly isAnswered: boolean;
}

/** A run that is killed at the `nth` call of one that was undisturbed. */
function trialOf(
  bed: TestBed,
  outside: Outside,
  { workflow, told, calls }: Ended,
  nth: number,
  { share, isAnswered }: Chance,
): Trial {
  const runId = randomUUID();
  const [first, ...after] = calls.slice(nth).map(([start]) => start!.call);
  const later = after[Math.floor((share / 100) * after.length)] ?? null;
  outside.hold(runId, first!);
  if (later !== null) outside.hold(runId, later);
  const end = ended(bed, outside, workflow, runId);
  return { runId, first: first!, later, isAnswered, like: told, end };
}

/** Runs a workflow to its end. */
async function ended(
  { client }: TestBed,
  outside: Outside,
  workflow: Workflow<string>,
  runId: string,
): Promise<Ended> {
  const run = await finished(
    await client.run(workflow, runId, { background: true, runId }),
    120_000,
  );
  const calls = outside.callsOf(runId);
  const sent = calls.map((call): [string, string[]] => {
    const texts = call.map(({ messages }) => JSON.stringify(messages).replaceAll(runId, 'ID'));
    return [call[0]!.call, [...new Set(texts.map(digest))]];
  });
  const told = {
    content: run.error ?? run.content,
    metrics: timeless(run.metrics),
    sent: Object.fromEntries(sent),
  };
  return { workflow, told, calls, recorded: await recordedCalls(client, runId) };
}

/** Those that are alive. */
class Workers {
  readonly #alive: WorkerProcess[] = [];
  readonly #log = journal();

  constructor(readonly bed: TestBed) {}

  async start(count: number): Promise<void> {
    const started = Array.from({ length: count }, () => workerProcess(MODULE, this.bed, this.#log));
    this.#alive.push(...(await Promise.all(started)));
  }

  async kill(count: number): Promise<Kill[]> {
    const victims = this.#alive.splice(0, count);
    return Promise.all(
      victims.map(async (victim) => {
        const kill = { pid: victim.process.pid!, at: Date.now() };
        await victim.kill();
        return kill;
      }),
    );
  }
}

/** What is drawn: a chance for each run, and how many milliseconds after the answers the last kill comes. */
function chancesOf(seed: number): { readonly pause: number; readonly each: readonly Chance[] } {
  const trials = CALLS.reduce((sum, calls) => sum + calls, 0);
  const chance = fc.record({ share: fc.integer({ min: 0, max: 99 }), isAnswered: fc.boolean() });
  const chances = fc.record({
    pause: fc.integer({ min: 0, max: 40 }),
    each: fc.array(chance, { minLength: trials, maxLength: trials }),
  });
  return fc.sample(fc.noBias(chances), { numRuns: 1, seed })[0]!;
}

/** The agent that a call is of, in a pass. */
function placeOf(call: string): string {
  return call.replace(/\/(turn|call)\/[\d.]+$/, '');
}

/** A turn, or all the tools of one. */
function stageOf(call: string): string {
  return call.replace(/\.\d+$/, '');
}

function distinct(items: readonly (readonly unknown[])[]): readonly string[] {
  return [...new Set(items.map((item) => JSON.stringify(item)))];
}

/** In place of what is too long for a failure's message. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function startsOf(calls: readonly (readonly OutsideStart[])[], id: string): number {
  return calls.find(([start]) => start!.call === id)?.length ?? 0;
}
