/** The program behind `npm run demo`: a server, a worker, and a research run in the background. */
import { stat } from 'node:fs/promises';
import { OutlastError, type FinishedRun, type Run, type Workflow } from 'outlast';
import { startLocal, type Local, type TemporalCliSource } from 'outlast/local';
import { parseArguments, USAGE, type Arguments } from './arguments.js';
import { modelOf } from './model.js';
import { deepResearch } from './pipeline.js';
import { showProgress } from './progress.js';
import { startReceiver } from '../receiver.js';

// Whoever reads the output may have read enough: `head`, say. The server ends with this process.
process.stdout.on('error', () => process.exit());
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args);
  if (typeof parsed === 'string') {
    complain(`${parsed}\n\n${USAGE}`);
    return 2;
  }
  if (parsed.help) {
    say(USAGE);
    return 0;
  }
  const interrupt = onSignal();
  try {
    return await research(parsed, interrupt);
  } catch (error) {
    if (interrupt.aborted) return interrupt.reason as number;
    complain(error instanceof OutlastError ? error.message : String(error));
    return 1;
  }
}

async function research(
  { topic, documents, keep }: Arguments,
  signal: AbortSignal,
): Promise<number> {
  for (const folder of documents) {
    const stats = await stat(folder).catch(() => null);
    if (stats?.isDirectory() !== true) throw new Error(`There is no folder ${folder}.`);
  }
  const model = modelOf(process.env);
  say(`Topic      ${topic}`);
  say(`Documents  those in ${documents.join(', ')}`);
  say(
    `Model      ${model.provider === 'offline' ? withoutModel() : `${model.id} (${model.provider})`}`,
  );
  say('Starting a Temporal server and a worker …');
  await using receiver = await startReceiver();
  const pipeline = deepResearch({ model, documents, webhook: receiver.url });
  await using local = await startLocal({
    workflows: [pipeline],
    signal,
    onSource: sayWhatTakesTime,
  });
  signal.throwIfAborted();

  const run = await pipeline.run(topic, { background: true });
  say(`Run        ${run.runId}`);
  say(`Web UI     ${run.url ?? local.uiUrl}\n`);

  const finished = await followed(pipeline, run, signal);
  if (finished.status !== 'completed') {
    complain(`The run is ${finished.status}. ${String(finished.error ?? '')}`);
    return 1;
  }
  const took = finished.finishedAt.getTime() - finished.createdAt.getTime();
  say(`\n${finished.content}`);
  say(`Took       ${(took / 1000).toFixed(1)} s`);
  say(`Webhook    ${told(receiver.received, run.runId)}`);
  say(`Web UI     ${finished.url ?? local.uiUrl}`);
  if (keep) await keptUp(signal, local);
  else say('           (gone with this program; --keep leaves it up)');
  return 0;
}

function withoutModel(): string {
  return 'none: set OPENAI_API_KEY, GEMINI_API_KEY or OPENAI_BASE_URL for one';
}

function told(received: ReadonlyMap<string, string>, runId: string): string {
  const bodies = [...received.values()].filter((body) => body.includes(runId));
  return bodies.length === 0 ? 'not told' : `told, once: ${bodies.join().slice(0, 60)}…`;
}

async function followed(
  pipeline: Workflow<string, string>,
  run: Run<string>,
  signal: AbortSignal,
): Promise<FinishedRun<string>> {
  const progress = showProgress(pipeline);
  try {
    return await run.wait({
      signal,
      onProgress: (now) => {
        progress.update(now);
      },
    });
  } finally {
    progress.end();
    if (signal.aborted) {
      say(`\nInterrupted: the run ${run.runId} is left unfinished; its server had it in memory.`);
    }
  }
}

async function keptUp(signal: AbortSignal, { exited }: Local): Promise<void> {
  say('\nCtrl-C stops the server.');
  const interrupted = new Promise((resolve) => {
    signal.addEventListener('abort', resolve);
  });
  await Promise.race([interrupted, exited]);
}

/** Aborted by the first signal to end, with the exit code as its reason. The second ends the process at once. */
function onSignal(): AbortSignal {
  const controller = new AbortController();
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(code);
      controller.abort(code);
    });
  }
  return controller.signal;
}

function sayWhatTakesTime(source: TemporalCliSource): void {
  if (source === 'download') say('Downloading the temporal CLI, once …');
  if (source === 'pip') say('Installing the temporal CLI by pip, once …');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}
