import { setTimeout as sleep } from 'node:timers/promises';
import { NonRetryableError, Step, Workflow, type StepContext, type StepInput } from 'outlast';
import { z } from 'zod';

const input = z.object({ topic: z.string().trim().min(1).max(200) });

export type ReportInput = z.infer<typeof input>;

/** What the service runs. It takes some seconds, so nobody keeps a connection open for it. */
export const report = new Workflow<ReportInput, string>({
  name: 'Report',
  inputSchema: input,
  steps: [
    new Step({ name: 'Research', executor: research }),
    new Step({ name: 'Write', executor: write }),
  ],
});

const NOTES: ReadonlyMap<string, readonly string[]> = new Map([
  ['solar power', ['Panels turn light into current.', 'They work best when cool.']],
  ['wind power', ['Blades turn wind into rotation.', 'Offshore it is steadier.']],
]);

async function research({ input }: StepInput<ReportInput>, { signal }: StepContext) {
  await sleep(1_000, undefined, { signal });
  const notes = NOTES.get(input.topic.toLowerCase());
  if (notes === undefined) throw new NonRetryableError(`There are no notes on ${input.topic}.`);
  return [...notes];
}

async function write(
  { input, previousStepContent }: StepInput<ReportInput>,
  { signal }: StepContext,
) {
  await sleep(1_000, undefined, { signal });
  return `# ${input.topic}\n\n${(previousStepContent as string[]).join(' ')}\n`;
}
