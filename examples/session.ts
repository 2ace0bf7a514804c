/** A session: runs that share state, and know what was said before. */
import { Step, Workflow, type StepContext, type StepInput } from 'outlast';
import { startLocal } from 'outlast/local';

const shopping = new Workflow<string, string>({
  name: 'Shopping',
  sessionState: { list: [] },
  // Two requests of one user at once are answered one after the other.
  sessionConcurrency: 'queue',
  steps: [
    new Step({ name: 'Note', executor: note }),
    new Step({ name: 'Answer', executor: answer }),
  ],
});

function note({ input }: StepInput<string>, { sessionState }: StepContext) {
  const list = sessionState['list'] as string[];
  if (input.startsWith('add ')) list.push(input.slice('add '.length));
}

function answer(input: StepInput<string>, { sessionState }: StepContext) {
  const [before] = input.getWorkflowHistory(1);
  const items = (sessionState['list'] as string[]).join(', ');
  return before === undefined ? `Your list: ${items}` : `After '${before[0]}': ${items}`;
}

const local = await startLocal({ workflows: [shopping] });

const sessionId = 'user 7';
for (const request of ['add milk', 'add bread', 'what is on it?']) {
  const { content } = await shopping.run(request, { sessionId });
  console.log(content);
}

await shopping.renameSession(sessionId, 'Saturday');
await shopping.updateSessionState(sessionId, { list: [] });
await shopping.run('add tea', { sessionId });

const session = await shopping.getSession(sessionId);
console.log(session?.name, session?.state);
for (const { status, input } of session?.runs ?? []) console.log(status, input);

// The runs themselves are kept.
console.log(await shopping.deleteSession(sessionId));
console.log(await shopping.getSession(sessionId));

await local.close();
