import { setTimeout as elapsed } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { Executor } from '../../src/index.js';
import type { GoldenNode } from './golden-case.js';
import type { Op } from './golden-ops.js';
import { Script } from './golden-script.js';
import { note, type Journal } from './processes.js';

/** What the executor of a call came to: it began, and then gave something or threw. */
interface CallEntry {
  readonly what: 'began' | 'gave' | 'threw';
  readonly runId: string;
  readonly call: string;
  /** Of its node. */
  readonly path: string;
  readonly pid: number;
}

/** One start of a call's executor. */
export interface CallStart extends Omit<CallEntry, 'what'> {
  readonly began: number;
  /** `null`: nothing more was heard of it. */
  readonly end: 'gave' | 'threw' | null;
}

/** A script whose executors take their time, and write what they do into the test's journal. */
export class JournaledScript extends Script {
  /** @param pause Milliseconds that each call takes. */
  constructor(
    definition: GoldenNode,
    modelURL: string,
    readonly pause: number,
  ) {
    super(definition, modelURL);
  }

  override executor(op: Op, path: string, text: string): Executor {
    const executor = super.executor(op, path, text);
    return async (input, context) => {
      const { runId } = context;
      const { activityId: call } = activityInfo();
      const tell = (what: CallEntry['what']): void => {
        const entry: CallEntry = { what, runId, call, path, pid: process.pid };
        note(JSON.stringify(entry));
      };
      tell('began');
      await elapsed(this.pause);
      try {
        const given = await executor(input, context);
        tell('gave');
        return given;
      } catch (error) {
        tell('threw');
        throw error;
      }
    };
  }
}

/** The process that wrote the entry of that number, from 1. */
export function writerOf(log: Journal, nth: number): number {
  return (JSON.parse(log.entries()[nth - 1]!.text) as CallEntry).pid;
}

/** The starts of each call, in their order; the calls of all runs. */
export function startsIn(log: Journal): readonly (readonly CallStart[])[] {
  const calls = new Map<string, CallStart[]>();
  for (const { text, at } of log.entries()) {
    const { what, ...rest } = JSON.parse(text) as CallEntry;
    const id = `${rest.runId} ${rest.call}`;
    const starts = calls.get(id) ?? [];
    calls.set(id, starts);
    const last = starts.findLastIndex(({ pid }) => pid === rest.pid);
    if (what === 'began') starts.push({ ...rest, began: at, end: null });
    else starts[last] = { ...starts[last]!, end: what };
  }
  return [...calls.values()];
}
