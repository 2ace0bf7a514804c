import { Parser } from 'htmlparser2';

/** What is told of a page as it is read. `depth` is the number of open tags, this one included. */
export interface HtmlReader {
  readonly open?: (
    name: string,
    attributes: Readonly<Record<string, string>>,
    depth: number,
  ) => void;
  readonly text: (text: string) => void;
  readonly close?: (name: string, depth: number) => void;
}

/**
 * Reads HTML of any quality as a stream of tags. It ends where tags are nested deeper than in any page: the parser gets
 * slower with each one that is open, and would take minutes for a megabyte of them.
 */
export function parseHtml(html: string, { open, text, close }: HtmlReader): void {
  let depth = 0;
  const parser = new Parser({
    onopentag: (name, attributes) => {
      depth++;
      if (depth > MAX_DEPTH) parser.pause();
      else open?.(name, attributes, depth);
    },
    ontext: text,
    onclosetag: (name) => {
      close?.(name, depth);
      depth--;
    },
  });
  parser.write(html);
  if (depth <= MAX_DEPTH) parser.end();
}

const MAX_DEPTH = 1_000;
