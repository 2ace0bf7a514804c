import type { StepInput } from 'outlast';
import { z } from 'zod';
import { passage, type Passage } from './passages.js';

/** Markdown: the passages as they stand in the documents, grouped by the word of the topic that they say most about. */
export async function writeReport(input: StepInput<{ topic: string }>): Promise<string> {
  const { topic } = input.input;
  const passages = input.getStepContent('Passages', z.array(passage));
  const head = `# Research report\n\n**Question:** ${topic}`;
  if (passages.length === 0) {
    return `${head}\n\nNothing in these documents answers the question.\n`;
  }
  const groups = [...new Set(passages.map(({ about }) => about))].map((about) => ({
    about,
    members: passages.filter((each) => each.about === about),
  }));
  const sources = [...new Set(groups.flatMap(({ members }) => members.map(sourceOf)))];
  const citation = (each: Passage): string => `[${String(sources.indexOf(sourceOf(each)) + 1)}]`;
  const findings = groups.map(({ about, members }) => {
    const items = members.map((each) => `- ${each.text} ${citation(each)}`);
    return `## ${capitalized(about)}\n\n${items.join('\n')}`;
  });
  const list = sources.map((source, at) => `${String(at + 1)}. ${source}`);
  return `${[head, ...findings, `## Sources\n\n${list.join('\n')}`].join('\n\n')}\n`;
}

function sourceOf({ file, headings }: Passage): string {
  return headings.length === 0 ? file : `${file}: ${headings.join(' › ')}`;
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
