/** Typed data into a workflow, between its steps, and out of it. */
import { InputError, Step, Workflow, type StepInput } from 'outlast';
import { z } from 'zod';
import { serve } from './serve.js';

const request = z.object({ topic: z.string(), depth: z.int().min(1).max(5).default(1) });
type Request = z.infer<typeof request>;

const findings = z.object({ topic: z.string(), insights: z.array(z.string()).min(1) });
type Findings = z.infer<typeof findings>;

interface Plan {
  readonly title: string;
  readonly posts: number;
}

const planning = new Workflow<Request, Plan, z.input<typeof request>>({
  name: 'Planning',
  inputSchema: request,
  steps: [
    new Step({ name: 'Research', executor: research }),
    new Step({ name: 'Plan', executor: plan }),
  ],
});

/** The input is what the schema made of it. */
function research({ input: { topic, depth } }: StepInput<Request>): Findings {
  const insights = Array.from({ length: depth }, (_, n) => `insight ${n + 1}`);
  return { topic, insights };
}

/** The schema types what another step gave, and throws where it gave something else. */
function plan(input: StepInput<Request>): Plan {
  const { topic, insights } = input.getStepContent('Research', findings);
  return { title: `All about ${topic}`, posts: insights.length };
}

const server = await serve(planning);
const { content } = await planning.run({ topic: 'tea', depth: 3 });
console.log(content.title, content.posts);
console.log((await planning.run({ topic: 'milk' })).content);

// A refused input starts no run.
await planning.run({ topic: 'tea', depth: 9 }).catch((error: unknown) => {
  if (error instanceof InputError) console.log(error.message);
  else throw error;
});
await server.close();
