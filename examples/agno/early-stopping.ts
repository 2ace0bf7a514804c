/** A step that ends the run, wherever it stands. */
import {
  Condition,
  Loop,
  Parallel,
  Router,
  Step,
  StepOutput,
  Steps,
  Workflow,
  type StepResult,
} from 'outlast';
import { serve } from './serve.js';

const check = new Step<string>({
  name: 'Safety check',
  executor: ({ input }) =>
    input.includes('danger')
      ? new StepOutput({ content: 'Stopped: this is dangerous.', stop: true })
      : 'This is safe.',
});
const beside = new Step<string>({ name: 'Beside', executor: () => 'Beside it.' });
const publish = new Step<string>({ name: 'Publish', executor: () => 'Published.' });

const workflows = [
  new Workflow<string, string>({ name: 'In a row', steps: [check, publish] }),
  new Workflow<string, string>({
    name: 'In Steps',
    steps: [new Steps({ steps: [check, beside] }), publish],
  }),
  new Workflow<string, string>({
    name: 'In a Parallel',
    // The other branches end first.
    steps: [new Parallel({ steps: [check, beside] }), publish],
  }),
  new Workflow<string, string>({
    name: 'In a Condition',
    steps: [new Condition({ evaluator: true, steps: [check, beside] }), publish],
  }),
  new Workflow<string, string>({
    name: 'In a Loop',
    // The end condition isn't asked.
    steps: [new Loop({ steps: [check], endCondition: () => false, maxIterations: 9 }), publish],
  }),
  new Workflow<string, string>({
    name: 'In a Router',
    steps: [new Router({ selector: () => [check, beside], choices: [check, beside] }), publish],
  }),
];

const server = await serve(...workflows);
for (const workflow of workflows) {
  const run = await workflow.run('a dangerous walk');
  const names = run.stepResults.flatMap(({ name, steps }) => [name, ...steps.map(nameOf)]);
  console.log(`${workflow.name}: ${run.status} after ${names.join(', ')}`);
}
const safe = await workflows[0]?.run('a walk in the park');
console.log(safe?.content);
await server.close();

function nameOf({ name }: StepResult) {
  return name;
}
