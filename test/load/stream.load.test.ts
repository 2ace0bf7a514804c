import { expect, onTestFinished, test } from 'vitest';
import { connect, type Outlast } from '../../src/client/index.js';
import { Step, Workflow } from '../../src/index.js';
import { testBed, type TestBed } from '../support/temporal.js';

const READERS = 20;
const STEPS = 20;

test.each([
  ['one client', ({ client }: TestBed) => Array.from({ length: READERS }, () => client)],
  ['a client each', ({ address }: TestBed) => clients(address)],
])(
  "each of 20 readers of a run, with %s, hears of a step's end within 150 ms: the median",
  async (_, clientsOf) => {
    const bed = await testBed();
    const ended = new Map<string, number>();
    const steps = Array.from({ length: STEPS }, (_, index) => {
      const name = `step ${String(index)}`;
      return new Step({
        name,
        executor: async () => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          ended.set(name, Date.now());
        },
      });
    });
    const workflow = new Workflow({ name: 'Watched', steps });
    const readers = await clientsOf(bed);
    await bed.worker([workflow]);
    const { runId } = await bed.client.run(workflow, null, { background: true });
    const medians = await Promise.all(
      readers.map(async (client) => {
        const lags: number[] = [];
        for await (const event of client.streamRun(runId)) {
          if (event.event !== 'StepCompleted') continue;
          lags.push(Date.now() - ended.get(event.stepName)!);
        }
        expect(lags).toHaveLength(STEPS);
        return lags.sort((one, other) => one - other)[STEPS / 2]!;
      }),
    );
    expect(Math.max(...medians)).toBeLessThan(150);
  },
);

function clients(address: string): Promise<Outlast[]> {
  return Promise.all(
    Array.from({ length: READERS }, async () => {
      const client = await connect({ address });
      onTestFinished(() => client.close());
      return client;
    }),
  );
}
