/** Steps that know what earlier runs of their session were asked, and came to. */
import { Agent, Step, Workflow, type StepInput } from 'outlast';
import { scriptedModel } from 'outlast/testing';
import { serve } from './serve.js';

// It needs no key. With one: openai('gpt-5-mini').
const model = await scriptedModel(['Try green tea.', 'Then try white tea.']);
const advisor = new Agent({ name: 'Advisor', model: model.model });

const advice = new Workflow<string, string>({
  name: 'Advice',
  // Agents are sent the last three runs of the session before their prompt.
  addWorkflowHistoryToSteps: true,
  numHistoryRuns: 3,
  steps: [advisor, new Step({ name: 'Check', executor: check })],
});

/** A function asks for itself: input and content of each run, oldest first. */
function check(input: StepInput<string>) {
  const before = input.getWorkflowHistory().map(([asked, answered]) => `${asked}: ${answered}`);
  return [input.getLastStepContent() as string, ...before].join(' | ');
}

const server = await serve(advice);
const sessionId = 'agno workflow history';
for (const request of ['Which tea?', 'I had that.']) {
  const { content } = await advice.run(request, { sessionId });
  console.log(content);
}
// What the model was sent with the second request.
console.log(model.requests.at(-1)?.messages.at(-1)?.content);

await advice.deleteSession(sessionId);
await server.close();
await model.close();
