/** Functions, generators and objects of a class as steps, and data beside the input. */
import { Step, StepOutput, Workflow, type StepContext, type StepInput } from 'outlast';
import { serve } from './serve.js';

/** It may return any JSON, or a StepOutput where it has more to say. */
async function research({ input }: StepInput<string>, { signal }: StepContext) {
  // Give `signal` to whatever takes time: it fires when the run is cancelled, or the step's time is up.
  const found = await lookUp(input, signal);
  if (found === null) return new StepOutput({ success: false, error: `Nothing on ${input}` });
  return found;
}

/** What it yields is joined. */
function* outline({ previousStepContent }: StepInput<string>) {
  yield '# Plan\n';
  for (const fact of previousStepContent as string[]) yield `- ${fact}\n`;
}

class ContentPlanner {
  constructor(readonly postsPerWeek: number) {}

  plan({ previousStepContent, additionalData }: StepInput<string>) {
    const audience = additionalData['audience'] as string;
    return `${previousStepContent as string}${this.postsPerWeek} posts a week, for ${audience}`;
  }
}

const planner = new ContentPlanner(3);

const campaign = new Workflow<string, string>({
  name: 'Campaign',
  steps: [
    research,
    outline,
    // A method needs its object.
    new Step({ name: 'Schedule', executor: (input) => planner.plan(input) }),
  ],
});

function lookUp(topic: string, signal: AbortSignal): Promise<string[] | null> {
  signal.throwIfAborted();
  return Promise.resolve(topic === 'tea' ? ['where it grows', 'how it is made'] : null);
}

const server = await serve(campaign);
const run = await campaign.run('tea', { additionalData: { audience: 'beginners' } });
console.log(run.content);
await server.close();
