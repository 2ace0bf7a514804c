import { InputError } from 'outlast';
import { report, type ReportInput } from '../../http-service/workflow.js';

export async function POST(request: Request): Promise<Response> {
  try {
    const input = (await request.json()) as ReportInput;
    const { runId, status } = await report.run(input, { background: true });
    return Response.json({ runId, status }, { status: 202 });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return Response.json({ error: error.message }, { status: 400 });
  }
}
