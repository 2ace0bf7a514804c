/** Agents with tools of `outlast/tools`. Give `briefing` to a worker, beside the keys of its model and of Exa. */
import { Agent, openai, Parallel, Step, Workflow } from 'outlast';
import { documentSearch, duckDuckGoTools, exaTools, fileTools, httpTools } from 'outlast/tools';

const researcher = new Agent({
  name: 'Researcher',
  model: openai('gpt-5-mini'),
  tools: [duckDuckGoTools()],
  instructions: 'Search for what is new about the topic. Give the address of each source.',
});

const scholar = new Agent({
  name: 'Scholar',
  model: openai('gpt-5-mini'),
  tools: [exaTools({ includeDomains: ['arxiv.org'], maxResults: 5 })],
});

const archivist = new Agent({
  name: 'Archivist',
  model: openai('gpt-5-mini'),
  tools: [
    documentSearch({
      dir: ['docs', 'handbook'],
      description: "Searches the house's own documents. Ask it before anything else.",
      exclude: /(?:^|\/)CHANGELOG\.md$/i,
    }),
  ],
});

const reporter = new Agent({
  name: 'Reporter',
  model: openai('gpt-5-mini'),
  tools: [
    httpTools({
      allow: ['https://api.example.com', 'https://*.example.org'],
      headers: ({ origin }): Record<string, string> =>
        origin === 'https://api.example.com'
          ? { authorization: `Bearer ${process.env['EXAMPLE_API_KEY'] ?? ''}` }
          : {},
    }),
    fileTools({ root: 'reports', write: true }),
  ],
  instructions: 'Look up what the topic is about, and write a report of it into a file.',
});

export const briefing = new Workflow<string>({
  name: 'Briefing',
  steps: [
    new Parallel({
      name: 'Research',
      steps: [
        new Step({ name: 'News', agent: researcher }),
        new Step({ name: 'Papers', agent: scholar }),
        new Step({ name: 'Archive', agent: archivist }),
      ],
    }),
    new Step({ name: 'Report', agent: reporter }),
  ],
});
