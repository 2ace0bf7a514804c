/** A run's events over HTTP, as server-sent events: what a browser's EventSource reads, and goes on with by itself. */
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { RunNotFoundError } from 'outlast';
import { report } from './http-service/workflow.js';

export const routes = new Hono();

routes.get('/events/:id', async (c) => {
  const from = Number(c.req.header('Last-Event-ID') ?? -1) + 1;
  const stream = report.streamRun(c.req.param('id'), { from });
  await stream.runId;
  return streamSSE(c, async (sse) => {
    const events = stream[Symbol.asyncIterator]();
    sse.onAbort(() => void events.return());
    for await (const event of events) {
      await sse.writeSSE({
        id: `${event.offset}`,
        event: event.event,
        data: JSON.stringify(event),
      });
    }
  });
});

routes.onError((error, c) => {
  if (error instanceof RunNotFoundError) return c.json({ error: 'There is no such run.' }, 404);
  throw error;
});
