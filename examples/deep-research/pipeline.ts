import {
  Agent,
  Parallel,
  Step,
  Workflow,
  type Model,
  type StepContext,
  type StepInput,
} from 'outlast';
import { documentSearch } from 'outlast/tools';
import { z } from 'zod';
import { postOutcome } from '../notify.js';

/** What the pipeline stands on. */
export interface Setup {
  readonly model: Model;
  /** Folders, on the worker's machine. */
  readonly documents: readonly string[];
  /** Hears of the report; `null` for nobody. */
  readonly webhook: string | null;
}

/** Two agents research a topic at the same time, one analyses what they found, one writes the report, a webhook is told. */
export function deepResearch({ model, documents, webhook }: Setup): Workflow<string, string> {
  const search = documentSearch({ dir: documents, exclude: ABOUT_THE_PROJECT });

  const overview = new Agent({
    name: 'Overview Researcher',
    model,
    tools: [search],
    instructions:
      'Search the documents. Find what it is and how it works. Quote, and cite documents.',
  });
  const details = new Agent({
    name: 'Detail Researcher',
    model,
    tools: [search],
    instructions:
      'Search the documents. Find options, limits, defaults. Quote, and cite documents.',
  });
  const analyst = new Agent({
    name: 'Analyst',
    model,
    instructions: ['Keep what answers the question.', 'Say the same thing once, with its source.'],
  });
  const writer = new Agent({
    name: 'Writer',
    model,
    instructions: 'Write a research report in Markdown that answers the question.',
    expectedOutput: 'A title, the question, findings under headings, and the sources by number.',
  });

  return new Workflow<string, string>({
    name: 'Deep Research Pipeline',
    inputSchema: z.string().trim().min(1),
    timeout: '5 minutes',
    steps: [
      new Parallel({
        name: 'Research',
        steps: [
          new Step({ name: 'Overview', agent: overview }),
          new Step({ name: 'Details', agent: details }),
        ],
      }),
      new Step({ name: 'Analysis', agent: analyst }),
      new Step({ name: 'Report', agent: writer }),
      ...(webhook === null ? [] : [notifying(webhook)]),
    ],
  });
}

/** Whoever can't be told shouldn't cost the run its report: the content before a skipped step flows on. */
function notifying(url: string): Step<string> {
  return new Step({
    name: 'Webhook',
    timeout: '10 seconds',
    onError: 'skip',
    executor: async ({ previousStepContent: content }: StepInput<string>, context: StepContext) => {
      await postOutcome({ url, runId: context.runId, status: 'completed', content }, context);
      return content;
    },
  });
}

/** Markdown files that aren't documentation. */
const ABOUT_THE_PROJECT =
  /(?:^|\/)(?:changelog|changes|history|licen[cs]e|notice|third-party-notices|code.of.conduct|contributing|security|authors|governance|agents|claude|pull_request_template)\b[^/]*$/i;
