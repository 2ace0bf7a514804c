import { parseArgs } from 'node:util';

export const USAGE = `Researches a topic in Markdown documents: a run in the background, on a Temporal server of its own.

  npm run demo -- ["topic"] [options]

  --documents DIR  where the documents are (node_modules); may be given several times
  --keep           leave the server and its Web UI up after the report, until Ctrl-C
  --help           this text

The model is the one that OPENAI_API_KEY, OPENAI_BASE_URL or GEMINI_API_KEY stands for; MODEL names another of its
models. Without them sentences are picked by a program.
`;

const TOPIC = 'How do caches expire and evict their entries?';
const DOCUMENTS = 'node_modules';

export interface Arguments {
  readonly topic: string;
  readonly documents: string[];
  readonly keep: boolean;
  readonly help: boolean;
}

/** What the arguments ask for, or what is wrong with them. */
export function parseArguments(args: readonly string[]): Arguments | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        documents: { type: 'string', multiple: true, default: [DOCUMENTS] },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const topic = positionals.length === 0 ? TOPIC : positionals.join(' ').trim();
    return topic === '' ? 'The topic must not be empty.' : { topic, ...values };
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}
