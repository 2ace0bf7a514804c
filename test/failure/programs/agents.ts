import { activityInfo } from '@temporalio/activity';
import { z } from 'zod';
import { Agent, openaiCompatible, Parallel, Team, tool, Workflow } from '../../../src/index.js';
import type { Model } from '../../../src/plan/model.js';
import { looked } from '../../support/outside.js';

/** Where models are, and what the tool asks: the program that starts a worker says so. */
export const OUTSIDE_VARIABLE = 'OUTLAST_TEST_OUTSIDE';

const baseURL = process.env[OUTSIDE_VARIABLE] ?? 'http://127.0.0.1:9/v1';

const look = tool({
  name: 'look',
  description: 'Looks something up.',
  parameters: z.object({ topic: z.string() }),
  execute: async ({ topic }, { runId, sessionState }) => {
    const { activityId: call } = activityInfo();
    const found = await looked(baseURL, { runId, call, topic });
    sessionState['looked'] = [...((sessionState['looked'] ?? []) as string[]), topic];
    return found;
  },
});

/** Each is asked for by the reference of who has it, and says which process asks. */
function model(reference: string): Model {
  return openaiCompatible({ baseURL, id: reference, extra: { user: String(process.pid) } });
}

function agent(name: string, around = ''): Agent {
  return new Agent({ name, model: model(`${around}${name}`), tools: [look] });
}

/** By itself, then looking back at what its tools changed. */
function workflow(name: string, work: Agent | Team | Parallel): Workflow<string> {
  return new Workflow<string>({
    name,
    steps: [
      work,
      ({ previousStepContent }, { sessionState }) => [previousStepContent, sessionState],
    ],
  });
}

export const single = workflow('A killed agent', agent('Single'));

const desk = new Team({
  ...{ name: 'Desk', mode: 'route', model: model('Crew/Desk') },
  members: [agent('Bob', 'Crew/Desk/')],
});
const panel = new Team({
  ...{ name: 'Panel', mode: 'collaborate', model: model('Crew/Panel') },
  members: [agent('Cid', 'Crew/Panel/'), agent('Dee', 'Crew/Panel/')],
});
export const team = workflow(
  'A killed team',
  new Team({
    ...{ name: 'Crew', model: model('Crew') },
    members: [agent('Ann', 'Crew/'), desk, panel],
  }),
);

export const pair = workflow(
  'A killed pair',
  new Parallel({ name: 'Pair', steps: [agent('Left', 'Pair/'), agent('Right', 'Pair/')] }),
);

export const workflows = [single, team, pair];
