import type { Metric } from '../measure/rounds.js';
import type { Amounts } from '../options.js';

export interface MetricText {
  readonly title: string;
  readonly unit: string;
  /** Throughput or latency, which there is an aim for. */
  readonly aimed: boolean;
}

/** The one unit of which more is better. */
export const PER_SECOND = 'runs/s';

/** How metrics are called, in the order in which they are told. */
export function metricTexts(amounts: Amounts): Readonly<Record<Metric, MetricText>> {
  const { atOnce, inSequence, thirtyAtOnce, thirtyInSequence } = amounts;
  const aimed = (title: string, unit: string): MetricText => ({ title, unit, aimed: true });
  const other = (title: string, unit: string): MetricText => ({ title, unit, aimed: false });
  return {
    threePerSecond: aimed(`3 steps, ${atOnce} at once`, PER_SECOND),
    threeCpu: other('… CPU of client and worker a run', 'ms'),
    threeServerCpu: other('… CPU of the server a run', 'ms'),
    threeResult: aimed(`3 steps, ${inSequence} in sequence: start to result`, 'ms'),
    threeStart: aimed('3 steps, in sequence: until the start returns', 'ms'),
    thirtyPerSecond: aimed(`30 steps, ${thirtyAtOnce} at once`, PER_SECOND),
    thirtyCpu: other('… CPU of client and worker a run', 'ms'),
    thirtyResult: aimed(`30 steps, ${thirtyInSequence} in sequence: start to result`, 'ms'),
    threeEvents: other('history of 3 steps', 'events'),
    threeBytes: other('history of 3 steps', 'bytes'),
    thirtyEvents: other('history of 30 steps', 'events'),
    thirtyBytes: other('history of 30 steps', 'bytes'),
  };
}
