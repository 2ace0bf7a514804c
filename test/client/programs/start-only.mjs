/** Starts a run through the default client, and has nothing more to do. */
import { Workflow } from 'outlast';

const echo = new Workflow({ name: 'Echo', steps: [({ input }) => input] });
const run = await echo.run('hello', { background: true });
console.log(run.runId);
