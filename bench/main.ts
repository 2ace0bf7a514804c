/** `npm run bench`: this engine beside a hand-written Temporal workflow. */
import { bench } from './bench.js';
import { AMOUNTS, HELP, optionsOf, UsageError, type BenchOptions } from './options.js';
import { textOf } from './report/text.js';

const options = readOptions();
if (options === 'help') {
  process.stdout.write(HELP);
} else if (options !== null) {
  const report = await bench(AMOUNTS[options.quick ? 'quick' : 'full'], (text) => {
    process.stderr.write(`bench: ${text}\n`);
  });
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : textOf(report)}\n`);
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
