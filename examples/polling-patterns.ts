/** Three ways to poll a run, and one that needs no polling. Whatever ends the polling, the run goes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Step, Workflow, WaitTimeoutError, type StepContext, type StepInput } from 'outlast';
import { startLocal } from 'outlast/local';

const video = new Workflow<string, string>({
  name: 'Video',
  steps: [
    new Step({ name: 'Cut', executor: work }),
    new Step({ name: 'Render', executor: work }),
    new Step({ name: 'Publish', executor: ({ input }) => `https://videos.example/${input}` }),
  ],
});

async function work(_: StepInput<string>, { signal }: StepContext) {
  await sleep(1_000, undefined, { signal });
}

const local = await startLocal({ workflows: [video] });
const { runId } = await video.run('bees', { background: true });

// An interval and a time limit. The error carries the run as it was last seen.
try {
  await video.pollRun(runId, { interval: '200ms', timeout: '500ms' });
} catch (error) {
  if (!(error instanceof WaitTimeoutError)) throw error;
  console.log(`After ${error.timeout} ms it is ${error.run?.status ?? 'unknown'}`);
}

// Waits that double, up to a longest one: for runs that may take seconds or hours.
let looks = 0;
const polled = await video.pollRun(runId, {
  backoff: { initial: '100ms', factor: 2, max: '1 second' },
  timeout: '1 minute',
  onPoll: (count) => (looks = count),
});
console.log(`Looked ${looks} times: ${polled.status}, ${polled.content}`);

// A callback that sees each look. What it throws ends the polling.
const second = await video.run('ants', { background: true });
await video.pollRun(second.runId, {
  interval: '400ms',
  onPoll(count, run) {
    const steps = run?.activeSteps.map(({ stepName }) => stepName) ?? [];
    console.log(`Look ${count}:`, run?.status, ...steps);
  },
});

// No polling: the server tells when the run ends, or with `onProgress` whenever it gets on.
const third = await video.run('wasps', { background: true });
const waited = await video.waitForRun(third.runId, { timeout: '1 minute' });
console.log(`Told: ${waited.status}, ${waited.content}`);

await local.close();
