import { readFileSync } from 'node:fs';
import { Workflow } from '../../../src/index.js';
import { JournaledScript } from '../../support/call-journal.js';
import type { WorkflowNode } from '../../support/golden-case.js';
import { optionsOf } from '../../support/golden-definition.js';

/** Names the file with the programs, as JSON: the test says so. */
export const PROGRAMS_VARIABLE = 'OUTLAST_TEST_PROGRAMS';

/** A program for the workers of a test. */
export interface ToldProgram {
  readonly definition: WorkflowNode;
  /** Where the model of its agents is. */
  readonly modelURL: string;
  /** Milliseconds that each call of an executor takes. */
  readonly pause: number;
}

const file = process.env[PROGRAMS_VARIABLE];
const programs = (
  file === undefined ? [] : JSON.parse(readFileSync(file, 'utf8'))
) as readonly ToldProgram[];

export const workflows = programs.map(
  ({ definition, modelURL, pause }) =>
    new Workflow(optionsOf(definition, new JournaledScript(definition, modelURL, pause))),
);
