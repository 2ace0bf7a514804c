import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { InputError, ServerUnreachableError, type Workflow } from 'outlast';

const MAX_BODY_BYTES = 64 * 1024;

/** A workflow over HTTP: one route starts a run, one tells how it is, one gives what it came to. */
export function createApp<Input>(workflow: Workflow<Input>): Hono {
  const app = new Hono();

  app.post('/process', async (c) => {
    // The workflow's inputSchema judges it: what it refuses is an InputError, and starts nothing.
    const input = parsed(await text(c.req.raw)) as Input;
    const { runId, status } = await workflow.run(input, { background: true });
    return c.json({ runId, status }, 202, { Location: `/status/${encodeURIComponent(runId)}` });
  });

  app.get('/status/:id', async (c) => {
    // Without step results it is one look at the server, however long the run's history is.
    const run = await workflow.getRun(c.req.param('id'), { stepResults: false });
    if (run === null) return c.json(UNKNOWN, 404);
    const { runId, status } = run;
    // `completed` is Agno's: completed or failed. Who polls waits for `finished`, which is true for cancelled runs too.
    return c.json({ runId, status, completed: run.hasCompleted(), finished: run.isFinished() });
  });

  app.get('/result/:id', async (c) => {
    const run = await workflow.getRun(c.req.param('id'));
    if (run === null) return c.json(UNKNOWN, 404);
    const { runId, status } = run;
    switch (run.status) {
      case 'completed':
        return c.json({ runId, content: run.content });
      case 'failed': {
        const { code, message, step } = run.error;
        return c.json({ runId, error: { code, message, step } }, 500);
      }
      case 'cancelled':
        return c.json({ runId, error: 'The run was cancelled.' }, 410);
      default:
        return c.json({ runId, error: `The run is ${status}.` }, 409, { 'Retry-After': '1' });
    }
  });

  app.notFound((c) => c.json({ error: `There is no ${c.req.method} ${c.req.path}.` }, 404));

  app.onError((error, c) => {
    if (error instanceof InputError) return c.json({ error: error.message }, 400);
    if (error instanceof ServerUnreachableError) {
      const unavailable = 'Runs can be neither started nor read just now.';
      return c.json({ error: unavailable }, 503, { 'Retry-After': '5' });
    }
    if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
    console.error(error);
    return c.json({ error: 'Something went wrong here.' }, 500);
  });

  return app;
}

/**
 * A body. One that is too large is read to its end as well, and forgotten: a connection that closes under a client
 * that still writes would lose it the answer. How long that may take is Node's `requestTimeout`, 5 minutes.
 */
async function text({ body }: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes <= MAX_BODY_BYTES) return Buffer.concat(chunks).toString();
  throw new HTTPException(413, {
    message: `The body must have at most ${MAX_BODY_BYTES} bytes.`,
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new InputError(`The body must be JSON: ${(error as SyntaxError).message}`);
  }
}

const UNKNOWN = { error: 'There is no such run.' };
