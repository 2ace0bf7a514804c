import type { Client } from '@temporalio/client';
import type { Workflow } from 'outlast';
import type { Outlast } from 'outlast/client';
import { encodedBytes, wholeHistory, type Event } from './history.js';
import { spreadOf, type Spread } from './spread.js';

/** Which steps of a run are looked at. */
export const PLACES = [10, 100, 1_000] as const;
export type Place = (typeof PLACES)[number];

/** Steps around each place; a step alone is at the mercy of what else the machine does. */
const WINDOW = 20;

/** Steps that a run needs to have. */
export const GROWTH_STEPS = Math.max(...PLACES) + WINDOW / 2;

/** What a step takes at each place of a run, from when it is asked for until the next one is. */
export type Growth = Readonly<
  Record<Place, { readonly milliseconds: Spread; readonly bytes: Spread }>
>;

/** Runs a workflow of {@link GROWTH_STEPS} steps, one after the other, as often as there are rounds. */
export async function growthOf(
  workflow: Workflow,
  rounds: number,
  { client, temporal }: { readonly client: Outlast; readonly temporal: Client },
): Promise<Growth> {
  const measured = PLACES.map((place) => ({
    place,
    milliseconds: [] as number[],
    bytes: [] as number[],
  }));
  for (let round = 0; round < rounds; round++) {
    const { runId } = await workflow.run(null, { client });
    const steps = stepsOf(await wholeHistory(temporal, runId));
    for (const { place, milliseconds, bytes } of measured) {
      const window = steps.slice(place - WINDOW / 2, place + WINDOW / 2);
      milliseconds.push(mean(window.map((step) => step.milliseconds)));
      bytes.push(mean(window.map((step) => step.bytes)));
    }
  }
  return Object.fromEntries(
    measured.map(({ place, milliseconds, bytes }) => [
      place,
      { milliseconds: spreadOf(milliseconds), bytes: spreadOf(bytes) },
    ]),
  ) as unknown as Growth;
}

interface StepCost {
  readonly milliseconds: number;
  readonly bytes: number;
}

/** Each step's share of a history; the last one's isn't whole. */
function stepsOf(events: readonly Event[]): readonly StepCost[] {
  const begins = events.flatMap((event, index) =>
    event.activityTaskScheduledEventAttributes ? [index] : [],
  );
  return begins.slice(0, -1).map((begin, step) => {
    const next = begins[step + 1] ?? begin;
    return {
      milliseconds: timeOf(events[next]) - timeOf(events[begin]),
      bytes: events.slice(begin, next).reduce((sum, event) => sum + encodedBytes(event), 0),
    };
  });
}

function timeOf(event: Event | undefined): number {
  const { seconds, nanos } = event?.eventTime ?? {};
  return Number(seconds) * 1_000 + Number(nanos) / 1_000_000;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
