import type { ConditionNode } from '../plan/plan.js';
import { callId } from '../plan/reference.js';
import { ask, wrongAnswer, type Answer } from './ask.js';
import { endOf, nothingDone } from './container.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';
import type { Progress } from './progress.js';
import { sequence } from './sequence.js';

/** The one or the other of two lists of children, as its evaluator says. */
export async function runCondition(
  node: ConditionNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const tell = teller(walk, node, input);
  const place = callId(node.ref, input.pass);
  const answer = await evaluated(node, input, walk);
  if (answer.kind !== 'answer') return nothingDone(node, 'Condition', input, answer, progress);

  const { value: conditionResult } = answer;
  walk.ledger.answers.set(place, conditionResult);
  tell({ event: 'ConditionExecutionStarted', conditionResult });
  const chosen = conditionResult
    ? node.steps.slice(0, node.otherwise)
    : node.steps.slice(node.otherwise);
  const ran = await sequence(chosen, place, input, walk, progress);
  const end = endOf(node, 'Condition', ran, progress);
  if (end.output?.result.error === null) {
    const { result } = end.output;
    tell({ event: 'ConditionExecutionCompleted', conditionResult, result });
  }
  return end;
}

async function evaluated(
  node: ConditionNode,
  { sees, state, pass }: NodeInput,
  walk: Walk,
): Promise<{ kind: 'answer'; value: boolean } | Exclude<Answer, { kind: 'answer' }>> {
  const { evaluator } = node;
  if (typeof evaluator === 'boolean') return { kind: 'answer', value: evaluator };
  const kept = walk.ledger.answers.get(callId(node.ref, pass));
  if (kept !== undefined) return { kind: 'answer', value: kept === true };
  const answer = await ask({ node, question: evaluator, sees, state, pass }, walk);
  if (answer.kind !== 'answer') return answer;
  const { value } = answer;
  if (typeof value === 'boolean') return { kind: 'answer', value };
  return { kind: 'failed', error: wrongAnswer(node, MUST, value) };
}

const MUST = 'the evaluator must answer true or false';
