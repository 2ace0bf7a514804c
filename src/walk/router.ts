import type { Json } from '../plan/json.js';
import type { PlanNode, RouterNode } from '../plan/plan.js';
import { callId, lastSegment, passWithin, segmentOf } from '../plan/reference.js';
import { ask, wrongAnswer, type Answer } from './ask.js';
import { endOf, nothingDone } from './container.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';
import type { Progress } from './progress.js';
import { sequence } from './sequence.js';

/** Those of its choices that its selector names, in the order in which it names them. */
export async function runRouter(
  node: RouterNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const tell = teller(walk, node, input);
  const { sees, state, pass } = input;
  const place = callId(node.ref, pass);
  const kept = walk.ledger.answers.get(place);
  const answer: Answer =
    kept === undefined
      ? await ask({ node, question: node.selector, sees, state, pass }, walk)
      : { kind: 'answer', value: kept, call: place };
  if (answer.kind !== 'answer') return nothingDone(node, 'Router', input, answer, progress);
  const chosen = choicesOf(node, answer.value);
  if (chosen === null) {
    const error = wrongAnswer(node, mustChoose(node), answer.value);
    return nothingDone(node, 'Router', input, { kind: 'failed', error }, progress);
  }
  walk.ledger.answers.set(place, answer.value);

  const selectedSteps = chosen.map(({ name }) => name);
  tell({ event: 'RouterExecutionStarted', selectedSteps });
  const passes = chosen.map((choice, index) => {
    const times = (among: readonly PlanNode[]): number =>
      among.filter((each) => each === choice).length;
    // What is named more than once is called like a loop's steps: each time, the first too, in a pass of its own. If the
    // first kept the router's pass, a router within it would give its second choice the pass that this one's second has.
    return times(chosen) === 1 ? pass : passWithin(pass, times(chosen.slice(0, index + 1)));
  });
  const ran = await sequence(chosen, place, input, walk, progress, { passes });
  const end = endOf(node, 'Router', ran, progress);
  if (end.output?.result.error === null)
    tell({ event: 'RouterExecutionCompleted', selectedSteps, result: end.output.result });
  return end;
}

/**
 * `null`: what was answered names something else. Of a choice that the worker knows it lists what the run's plan may
 * call it; anything else that it names may be in the plan alone.
 */
function choicesOf({ steps }: RouterNode, answer: Json): readonly PlanNode[] | null {
  if (!Array.isArray(answer)) return null;
  const chosen = answer.map((item) => {
    const segments = typeof item === 'string' ? [segmentOf(item, 1)] : item;
    if (!Array.isArray(segments)) return undefined;
    return steps.find(({ ref }) => segments.includes(lastSegment(ref)));
  });
  return chosen.every((choice) => choice !== undefined) ? chosen : null;
}

function mustChoose({ steps }: RouterNode): string {
  const names = steps.map(({ name }) => name).join(', ');
  return `the selector must name choices, which are ${names}`;
}
