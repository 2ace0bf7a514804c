import MiniSearch, { type SearchOptions } from 'minisearch';
import type { StepInput } from 'outlast';
import { section, sectionsIn, type Section } from './documents.js';
import { termOf } from './language.js';

interface Question {
  readonly topic: string;
  readonly documents: string[];
}

/** What each search hands on, and how much of it may be one document's. */
const MAX_FOUND = 12;
const MAX_OF_A_FILE = 3;

/** The sections whose headings or path have the topic's words, or words that begin with them. */
export async function searchTitles({ input }: StepInput<Question>): Promise<Section[]> {
  return search(input, {
    fields: ['headings', 'file'],
    boost: { headings: 2 },
    prefix: (term) => term.length > 3,
  });
}

/** The sections whose text has the topic's words. */
export async function searchText({ input }: StepInput<Question>): Promise<Section[]> {
  return search(input, { fields: ['text'] });
}

async function search({ topic, documents }: Question, options: SearchOptions): Promise<Section[]> {
  const index = await indexOf(documents);
  const found: Section[] = [];
  for (const hit of index.search(topic, options)) {
    const each = section.parse(hit);
    if (found.length === MAX_FOUND) break;
    if (found.filter(({ file }) => file === each.file).length < MAX_OF_A_FILE) found.push(each);
  }
  return found;
}

type Index = MiniSearch<Section>;

/** Both searches of a run, and further runs of the next minute, share an index. */
const indexes = new Map<string, Promise<Index>>();
const KEPT_FOR = 60_000;

function indexOf(documents: readonly string[]): Promise<Index> {
  const key = JSON.stringify(documents);
  const index = indexes.get(key) ?? build(documents);
  if (!indexes.has(key)) {
    indexes.set(key, index);
    const forget = (): boolean => indexes.delete(key);
    setTimeout(forget, KEPT_FOR).unref();
    index.catch(forget);
  }
  return index;
}

async function build(documents: readonly string[]): Promise<Index> {
  const index: Index = new MiniSearch<Section>({
    fields: ['headings', 'file', 'text'],
    storeFields: ['file', 'headings', 'text'],
    processTerm: termOf,
  });
  await index.addAllAsync(await sectionsIn(documents), { chunkSize: 200 });
  return index;
}
