/** Steps that a function selects. */
import { Loop, Router, Step, Steps, Workflow, type StepInput } from 'outlast';
import { serve } from './serve.js';

const web = new Step<string>({ name: 'Web', executor: ({ input }) => `Pages on ${input}` });
const archive = new Step<string>({ name: 'Archive', executor: ({ input }) => `Books on ${input}` });
const thorough = new Loop<string>({
  name: 'Thorough',
  steps: [
    new Step({
      name: 'Dig',
      executor: ({ previousStepContent: text }) => `${(text ?? 'Digging') as string} …`,
    }),
  ],
  maxIterations: 3,
  forwardIterationOutput: true,
});

const research = new Workflow<string, string>({
  name: 'Research',
  steps: [
    new Router({ name: 'Sources', selector: sources, choices: [web, archive, thorough] }),
    new Step({
      name: 'Report',
      executor: ({ previousStepContent: text }) => `Report: ${text as string}`,
    }),
  ],
});

/** A choice, its name, or a list of them, which are done in that order. */
function sources({ input }: StepInput<string>) {
  if (input.startsWith('deep')) return thorough;
  if (input.startsWith('old')) return [web, archive];
  return 'Web';
}

const media = new Workflow<string, string>({
  name: 'Media',
  steps: [
    new Router({
      name: 'Kind',
      selector: ({ input }) => (/\bvideo\b/.test(input) ? 'Video' : 'Image'),
      choices: [pipeline('Image'), pipeline('Video')],
    }),
  ],
});

function pipeline(kind: string) {
  return new Steps<string>({
    name: kind,
    steps: [
      new Step({ name: 'Generate', executor: ({ input }) => `${kind} of '${input}'` }),
      new Step({
        name: 'Describe',
        executor: ({ previousStepContent: text }) => `${text as string}, described`,
      }),
    ],
  });
}

const server = await serve(research, media);
for (const topic of ['tea', 'old tea', 'deep tea']) {
  const { content, stepResults } = await research.run(topic);
  console.log(stepResults[0]?.steps.map(({ name }) => name).join(', '), '-', content);
}
console.log((await media.run('a video of a cat')).content);
await server.close();
