import { Workflow } from 'outlast';
import { startLocal } from 'outlast/local';

const shout = new Workflow({ name: 'Shout', steps: [({ input }) => `${input}!`] });

const local = await startLocal({ workflows: [shout] });
const run = await shout.run('hello');
console.log(JSON.stringify({ status: run.status, content: run.content }));
await local.close();
