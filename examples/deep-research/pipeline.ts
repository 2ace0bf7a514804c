import { Parallel, Step, Workflow } from 'outlast';
import { z } from 'zod';
import { pickPassages } from './passages.js';
import { writeReport } from './report.js';
import { searchText, searchTitles } from './search.js';

/** What a run is given. The folders are those of the worker's machine. */
const question = z.object({
  topic: z.string().trim().min(1),
  documents: z.array(z.string()).min(1),
});

/** Two searches at the same time, the passages that answer the topic, and a report that cites its documents. */
export const deepResearch = new Workflow<z.infer<typeof question>, string>({
  name: 'Deep Research',
  inputSchema: question,
  timeout: '30 seconds',
  steps: [
    new Parallel({
      name: 'Research',
      steps: [
        new Step({ name: 'Titles', executor: searchTitles }),
        new Step({ name: 'Text', executor: searchText }),
      ],
    }),
    new Step({ name: 'Passages', executor: pickPassages }),
    new Step({ name: 'Report', executor: writeReport }),
  ],
});
