/** Runs the programs that it is given in one process, with a line before what each prints: `## FILE`. */
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) {
  console.log(`## ${file}`);
  await import(pathToFileURL(file).href);
}
