/** Several workflows at once, each with an input of its own, and each result as soon as it is there. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Step, Workflow, type FinishedRun, type StepContext, type StepInput } from 'outlast';
import { startLocal } from 'outlast/local';

interface Image {
  readonly file: string;
  readonly widths: number[];
}

const translation = new Workflow<string, string>({
  name: 'Translation',
  steps: [
    new Step({ name: 'Translate', executor: ({ input }) => `${input}, in French` }),
    new Step({ name: 'Proofread', executor: proofread }),
  ],
});

const thumbnails = new Workflow<Image, string[]>({
  name: 'Thumbnails',
  steps: [new Step({ name: 'Resize', executor: resize })],
});

const statistics = new Workflow<number[], { mean: number }>({
  name: 'Statistics',
  steps: ({ input }) => ({ mean: input.reduce((sum, each) => sum + each, 0) / input.length }),
});

async function proofread({ previousStepContent }: StepInput<string>, { signal }: StepContext) {
  await sleep(3_000, undefined, { signal });
  return previousStepContent;
}

async function resize({ input: { file, widths } }: StepInput<Image>, { signal }: StepContext) {
  await sleep(1_500, undefined, { signal });
  return widths.map((width) => `${width}-${file}`);
}

const local = await startLocal({ workflows: [translation, thumbnails, statistics] });

const background = { background: true } as const;
const runs = await Promise.all([
  translation.run('The bee dance', background),
  thumbnails.run({ file: 'bees.jpg', widths: [64, 256] }, background),
  statistics.run([3, 5, 10], background),
]);
for (const { workflowName, status } of runs) console.log('Started ', workflowName, status);

// Each run stands on its own: whether one fails or is slow is nothing to the others.
await Promise.all(
  runs.map(async (run) => {
    report(await run.wait());
  }),
);

function report({ workflowName, status, content, error }: FinishedRun<unknown>) {
  console.log('Finished', workflowName, status, content ?? error);
}

await local.close();
