import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { NonRetryableError } from 'outlast';
import { z } from 'zod';
import { proseOf } from './markdown.js';

/** A piece of a document: what stands under one heading, or a part of that where it is long. */
export const section = z.object({
  /** The file, and the number of the section in it. */
  id: z.string(),
  /** As the folder was given, so that it can be opened from where the worker runs. */
  file: z.string(),
  /** From the document's title down to the section's own. */
  headings: z.array(z.string()),
  /** A line a paragraph. */
  text: z.string(),
});

export type Section = z.infer<typeof section>;

/** So that pointing at a whole disk ends soon. */
const MAX_FILES = 2_000;
const MAX_FILE_BYTES = 512 * 1024;
/** Sections go from step to step by value. */
const MAX_SECTION_LENGTH = 1_500;

/** Markdown files that aren't documentation. */
const ABOUT_THE_PROJECT =
  /^(?:changelog|changes|history|licen[cs]e|notice|third-party-notices|code.of.conduct|contributing|security|authors|governance|agents|claude|pull_request_template)\b/i;

/**
 * The Markdown files below the folders, sorted. Packages within packages are left out: they are copies.
 *
 * @throws NonRetryableError when a folder can't be read, or there is none.
 */
export async function documentsIn(folders: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const folder of folders) {
    const stats = await stat(folder).catch(() => null);
    if (stats?.isDirectory() !== true) throw new NonRetryableError(`There is no folder ${folder}.`);
    await collect(folder, files);
  }
  if (files.length > 0) return [...new Set(files)];
  throw new NonRetryableError(`There are no Markdown documents (*.md) in ${folders.join(', ')}.`);
}

/** The documents' text in pieces. Of documents that are the same the first is taken. */
export async function sectionsIn(folders: readonly string[]): Promise<Section[]> {
  const texts = new Map<string, string>();
  for (const file of await documentsIn(folders)) {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) continue;
    const text = await readFile(file, 'utf8');
    if (!texts.has(text)) texts.set(text, file);
  }
  return [...texts].flatMap(([text, file]) => sectionsOf(file, text));
}

async function collect(folder: string, files: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (files.length === MAX_FILES) return;
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules' && !entry.name.startsWith('.')) await collect(place, files);
    } else if (/\.md$/i.test(entry.name) && !ABOUT_THE_PROJECT.test(entry.name)) {
      files.push(place);
    }
  }
}

function sectionsOf(file: string, markdown: string): Section[] {
  return proseOf(markdown)
    .flatMap(({ headings, paragraphs }) =>
      inPieces(paragraphs).map((text) => ({ headings: headings.slice(-3), text })),
    )
    .map((piece, index) => ({ id: `${file}#${String(index + 1)}`, file, ...piece }));
}

function inPieces(paragraphs: readonly string[]): string[] {
  const pieces: string[] = [];
  for (const paragraph of paragraphs) {
    const text = paragraph.slice(0, MAX_SECTION_LENGTH);
    const last = pieces.at(-1);
    if (last === undefined || last.length + text.length >= MAX_SECTION_LENGTH) pieces.push(text);
    else pieces[pieces.length - 1] = `${last}\n${text}`;
  }
  return pieces;
}
