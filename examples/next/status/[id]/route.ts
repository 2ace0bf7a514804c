import { report } from '../../../http-service/workflow.js';

export async function GET(
  _request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  const run = await report.getRun((await params).id, { stepResults: false });
  if (run === null) return Response.json({ error: 'There is no such run.' }, { status: 404 });
  return Response.json({ runId: run.runId, status: run.status, finished: run.isFinished() });
}
