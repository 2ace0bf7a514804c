import { json, Router, type ErrorRequestHandler } from 'express';
import { InputError, ServerUnreachableError } from 'outlast';
import { report, type ReportInput } from './http-service/workflow.js';

/** Two routes of an Express app. Express 5 gives what they throw to the error handler; Express 4 doesn't. */
export const routes = Router();

routes.post('/process', json(), async (request, response) => {
  const input = request.body as ReportInput;
  const { runId, status } = await report.run(input, { background: true });
  response.status(202).location(`/status/${runId}`).json({ runId, status });
});

routes.get('/status/:id', async (request, response) => {
  const run = await report.getRun(request.params.id, { stepResults: false });
  if (run === null) response.status(404).json({ error: 'There is no such run.' });
  else response.json({ runId: run.runId, status: run.status, finished: run.isFinished() });
});

const onError: ErrorRequestHandler = (error, _request, response, next) => {
  if (error instanceof InputError) response.status(400).json({ error: error.message });
  else if (error instanceof ServerUnreachableError) response.status(503).json({ error: 'Later.' });
  else next(error);
};
routes.use(onError);
