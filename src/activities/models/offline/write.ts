import { QUESTION, SOURCES } from './notes.js';
import type { Picked } from './pick.js';

const WHAT_IT_IS =
  "*Sentences of the documents, picked by outlast's offline model: no language model has read or written this.*";

interface Form {
  /** With a title. */
  readonly isReport: boolean;
  /** A list as it was found; else grouped by the words of the question. */
  readonly isSearch: boolean;
}

/** Markdown: the question, what was found about it, the sources by number, and what wrote it. */
export function writeNotes(question: string, findings: readonly Picked[], form: Form): string {
  const sources = [...new Set(findings.map(({ source }) => source))].filter((each) => each !== '');
  const cited = ({ text, source }: Picked): string =>
    source === '' ? `- ${text}` : `- ${text} [${String(sources.indexOf(source) + 1)}]`;
  const parts = form.isReport ? ['# Research report'] : [];
  parts.push(`${QUESTION}${question}`);
  if (findings.length === 0) parts.push('Nothing that was found answers the question.');
  else if (form.isSearch) parts.push(findings.map(cited).join('\n'));
  else parts.push(...grouped(findings, cited));
  if (sources.length > 0) {
    const list = sources.map((source, at) => `${String(at + 1)}. ${source}`);
    parts.push(`${SOURCES}\n\n${list.join('\n')}`);
  }
  return `${[...parts, WHAT_IT_IS].join('\n\n')}\n`;
}

function grouped(findings: readonly Picked[], cited: (finding: Picked) => string): string[] {
  return [...new Set(findings.map(({ about }) => about))].map((about) => {
    const members = findings.filter((each) => each.about === about);
    return `## ${about.slice(0, 1).toUpperCase()}${about.slice(1)}\n\n${members.map(cited).join('\n')}`;
  });
}
