/** Images, videos, audio and files: with a run's input, and from its steps. */
import { Step, StepOutput, Workflow, type StepInput } from 'outlast';
import { serve } from './serve.js';

const illustrating = new Workflow<string>({
  name: 'Illustrating',
  steps: [new Step({ name: 'Draw', executor: draw }), new Step({ name: 'Show', executor: show })],
});

/** An address, or bytes with what they are. */
function draw({ input }: StepInput<string>) {
  const data = Buffer.from(`<svg><text>${input}</text></svg>`);
  return new StepOutput({
    content: `A drawing of ${input}`,
    images: [{ data, mimeType: 'image/svg+xml', name: 'drawing.svg' }],
  });
}

/** It sees the run's own, then those of the steps before it. */
function show({ images, files, previousStepContent }: StepInput<string>) {
  return {
    text: previousStepContent,
    images: images.map(({ url, name }) => url ?? name),
    files: files.map(({ url }) => url),
  };
}

const server = await serve(illustrating);
const run = await illustrating.run('a cat', {
  images: ['https://example.com/cat.png'],
  files: [{ url: 'https://example.com/cats.pdf', mimeType: 'application/pdf' }],
});
console.log(run.content);
console.log(run.stepResults[0]?.images[0]?.mimeType);
await server.close();
