import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  Agent,
  openai,
  Team,
  tool,
  Workflow,
  type AgentOptions,
  type FinishedRun,
  type RunEvent,
  type RunStream,
} from '../../src/index.js';
import { run as runExample } from '../examples/program.js';
import { finished, testBed } from '../support/temporal.js';

const {
  OPENAI_BASE_URL: baseURL = '',
  OPENAI_API_KEY: key = '',
  MODEL: id = 'gpt-5-mini',
  MODEL_SKILLS: skills = 'all',
} = process.env;

if (baseURL === '') {
  console.log(
    'Nothing is tested: set OPENAI_BASE_URL to a server that speaks the protocol (http://127.0.0.1:11434/v1), MODEL to its name of a model that calls tools, and OPENAI_API_KEY where it wants one.',
  );
}

/** Milliseconds that a run may take. */
const WITHIN = 1_700_000;

/** What an agent of that model answers. */
async function answer(options: Partial<AgentOptions>, prompt: string): Promise<unknown> {
  return contentOf(await complete(agentOf(options), prompt));
}

function contentOf({ run }: { readonly run: FinishedRun }): unknown {
  expect(run.error).toBeNull();
  return run.content;
}

function agentOf(options: Partial<AgentOptions>): Agent {
  return new Agent({ name: 'Agent', model: openai(id), ...options });
}

/** A run of it, and the events that were told while it ran. */
async function complete(
  work: Agent | Team,
  prompt: string,
): Promise<{ readonly run: FinishedRun; readonly events: RunEvent[] }> {
  const bed = await testBed();
  const workflow = new Workflow<string>({ name: 'Real', steps: [work], timeout: '20 minutes' });
  await bed.worker([workflow]);
  const started = await bed.client.run(workflow, prompt, { background: true });
  const told = eventsOf(bed.client.streamRun(started.runId));
  const run = await finished(started, WITHIN);
  return { run, events: await told };
}

/** Tokens of an answer. Small servers know the field's old name alone, and OpenAI's models the new one. */
function atMost(tokens: number): Partial<AgentOptions> {
  return skills === 'none' ? { extra: { max_tokens: tokens } } : { maxTokens: 20 * tokens };
}

async function eventsOf(stream: RunStream): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe.skipIf(baseURL === '')(`whatever the model ${id} at ${baseURL} is good for`, () => {
  test('its answer comes as it writes it, and once whole', async () => {
    const agent = agentOf({ ...atMost(48), temperature: 0 });
    const { run, events } = await complete(agent, 'Count from one to twenty.');
    const parts = events.flatMap((event) => (event.event === 'RunContent' ? event.content : []));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join('')).toBe(contentOf({ run }));
    expect(run.metrics).toMatchObject({ turns: 1, toolCalls: 0 });
    expect(run.stepResults[0]?.metrics?.timeToFirstToken).toBeGreaterThan(0);
  });

  test('its answer is of the schema, or what it lacks is said', async () => {
    const outputSchema = z.object({ color: z.enum(['red', 'green']), isWarm: z.boolean() });
    const agent = agentOf({ outputSchema, ...atMost(40), temperature: 0 });
    const { run } = await complete(agent, 'A color, as JSON.');
    // A server that doesn't know schemas has its model told of it in words.
    if (run.status === 'completed') expect(outputSchema.parse(run.content)).toEqual(run.content);
    else expect(run.error?.code).toBe('OUTPUT_INVALID');
  });
});

describe.skipIf(baseURL === '' || skills === 'none')(`the model ${id} at ${baseURL}`, () => {
  test('answers an agent', async () => {
    const content = await answer({ instructions: 'Answer in one word.' }, 'Which planet is red?');
    expect(content).toMatch(/mars/i);
  });

  test('gives an answer of a schema', async () => {
    const outputSchema = z.object({ country: z.string(), capital: z.string() });
    const content = await answer({ outputSchema }, 'What is the capital of France?');
    expect(content).toMatchObject({ capital: expect.stringMatching(/paris/i) });
  });

  test('calls a tool, and answers by what it gives', async () => {
    const asked: string[] = [];
    const stock = tool({
      name: 'stock_of',
      description: 'Tells how many pieces of an article are in stock.',
      parameters: z.object({ article: z.string().describe('The name of the article.') }),
      execute: ({ article }) => {
        asked.push(article);
        return { article, pieces: 4711 };
      },
    });
    const content = await answer({ tools: [stock] }, 'How many lamps are in stock?');
    expect(asked.join()).toMatch(/lamp/i);
    expect(String(content).replace(/\D/g, '')).toContain('4711');
  });

  test('leads a team', async () => {
    const calls: string[] = [];
    const dial = tool({
      name: 'read_meter',
      description: 'Reads the meter.',
      execute: () => {
        calls.push('read');
        return 'The meter shows 815.';
      },
    });
    const reader = new Agent({
      ...{ name: 'Reader', model: openai(id), tools: [dial] },
      description: 'Reads the meter, which nobody else can.',
    });
    const team = new Team({ name: 'Lead', model: openai(id), members: [reader] });
    const ended = await complete(team, 'What does the meter show now? Ask your member.');
    expect(contentOf(ended)).toMatch(/815/);
    expect(calls).not.toEqual([]);
  });

  test('writes the report of the demo', async () => {
    const env = { OPENAI_BASE_URL: baseURL, OPENAI_API_KEY: key, MODEL: id };
    const { code, stdout, stderr } = await runExample('deep-research/demo.ts', [], env);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain(`Model      ${id} (openai)`);
    expect(stdout).toMatch(/^Webhook +told, once: /m);
  });
});
