/** Random programs whose calls write down when they begin and end, for workers that are to be killed. */
import fc from 'fast-check';
import { setTimeout as elapsed } from 'node:timers/promises';
import { Workflow, type Executor } from '../../../src/index.js';
import { optionsOf } from '../../support/golden-definition.js';
import type { Op } from '../../support/golden-ops.js';
import { Script } from '../../support/golden-script.js';
import { note } from '../../support/processes.js';
import {
  entitled,
  randomPrograms,
  withoutCounting,
  type RandomProgram,
} from '../../support/random-programs.js';

/** Names the seed to the processes of the workers. */
export const SEED_VARIABLE = 'OUTLAST_TEST_KILLS_SEED';

const PROGRAMS = 20;

/** Of a call, so that kills hit some. */
const MILLISECONDS = 60;

/** All kinds but agents, which have kills of their own. */
const KINDS = [
  ...(['Step', 'Function', 'Steps', 'Parallel', 'Condition'] as const),
  ...(['Loop', 'Router', 'ForEach', 'Workflow'] as const),
];

export function programsOf(seed: number): readonly RandomProgram[] {
  return fc
    .sample(randomPrograms(KINDS), { numRuns: PROGRAMS, seed })
    .map((program, index) => entitled(withoutCounting(program), `Killed ${seed} ${index}`));
}

export function workflowOf({ definition }: RandomProgram): Workflow {
  return new Workflow(optionsOf(definition, new WrittenDown(definition, 'http://127.0.0.1:1/v1')));
}

/** An entry is what happened, in which process, and to which call. */
class WrittenDown extends Script {
  override executor(op: Op, path: string, text: string): Executor {
    const executor = super.executor(op, path, text);
    return async (input, context) => {
      const write = (what: string): void => {
        note(`${what} ${process.pid} ${context.idempotencyKey}`);
      };
      write('begin');
      await elapsed(MILLISECONDS);
      try {
        const returned = await executor(input, context);
        write('end');
        return returned;
      } catch (error) {
        write('throw');
        throw error;
      }
    };
  }
}

const seed = process.env[SEED_VARIABLE];
export const workflows = seed === undefined ? [] : programsOf(Number(seed)).map(workflowOf);
