import type { RunErrorData } from '../plan/contract.js';
import type { Json } from '../plan/json.js';
import type { PlanNode, Question } from '../plan/plan.js';
import { callId, type CallId, type Pass } from '../plan/reference.js';
import type { Walk } from './node.js';
import type { Scope } from './scope.js';
import type { State } from './state.js';

/** What is asked, and what the answer may go by. */
export interface Asking {
  readonly node: Pick<PlanNode, 'ref' | 'name'>;
  readonly question: Question;
  readonly sees: Scope;
  readonly state: State;
  readonly pass: Pass;
  /** Of an end condition: how many of the visible outputs are the iteration's. */
  readonly iteration?: number;
}

/** What came of a question. */
export type Answer =
  | { readonly kind: 'answer'; readonly value: Json; readonly call: CallId }
  | { readonly kind: 'failed'; readonly error: RunErrorData }
  | { readonly kind: 'cancelled' };

/** Asks a function of the user's. It is asked once, unless that takes too long or its worker is lost. */
export async function ask({ pass, ...asking }: Asking, walk: Walk): Promise<Answer> {
  const call = callId(asking.node.ref, pass);
  const { started, outcome } = walk.host.call({ kind: 'question', call, ...asking });
  if (!(await started)) return { kind: 'cancelled' };
  const came = await outcome;
  switch (came.kind) {
    case 'result':
      return { kind: 'answer', value: came.result.content ?? null, call };
    case 'failed':
      return { kind: 'failed', error: { ...came.error, step: asking.node.ref } };
    case 'cancelled':
      return came;
  }
}

/** The failure of a node whose function answered what it may not. */
export function wrongAnswer(
  { name, ref }: Pick<PlanNode, 'name' | 'ref'>,
  must: string,
  got: Json,
): RunErrorData {
  const text = JSON.stringify(got);
  const shown = text.length > 80 ? `${text.slice(0, 77)}…` : text;
  const message = `${name}: ${must}, got ${shown}`;
  return { message, code: 'ANSWER_INVALID', step: ref, type: null, attempts: null };
}
