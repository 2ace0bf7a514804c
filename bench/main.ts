/** `npm run bench`: this engine beside a hand-written Temporal workflow. */
import { bench } from './bench.js';
import { growth } from './growth.js';
import { AMOUNTS, HELP, optionsOf, UsageError, type BenchOptions } from './options.js';
import { growthText } from './report/growth-text.js';
import { textOf } from './report/text.js';

const options = readOptions();
if (options === 'help') {
  process.stdout.write(HELP);
} else if (options !== null) {
  const { text, report } = await measured(options);
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : text}\n`);
}

async function measured({
  quick,
  growth: isGrowth,
}: BenchOptions): Promise<{ readonly report: object; readonly text: string }> {
  const amounts = AMOUNTS[quick ? 'quick' : 'full'];
  const progress = (text: string): void => {
    process.stderr.write(`bench: ${text}\n`);
  };
  if (isGrowth) {
    const report = await growth(amounts.rounds, progress);
    return { report, text: growthText(report) };
  }
  const report = await bench(amounts, progress);
  return { report, text: textOf(report) };
}

function readOptions(): BenchOptions | 'help' | null {
  try {
    return optionsOf(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`bench: ${error.message}\n\n${HELP}`);
    process.exitCode = 2;
    return null;
  }
}
