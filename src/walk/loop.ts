import type { RunErrorData } from '../plan/contract.js';
import type { Json } from '../plan/json.js';
import { flowAfter } from '../plan/output.js';
import type { LoopNode } from '../plan/plan.js';
import { callId, passWithin, type Pass } from '../plan/reference.js';
import { ask, wrongAnswer } from './ask.js';
import { endOf } from './container.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';
import type { Progress } from './progress.js';
import type { Output, Scope } from './scope.js';
import { sequence, type SequenceEnd } from './sequence.js';

/** Its children over and over: until its end condition holds for an iteration's outputs, or there were enough. */
export async function runLoop(
  node: LoopNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const tell = teller(walk, node, input);
  const { maxIterations } = node;
  tell({ event: 'LoopExecutionStarted', maxIterations });
  const place = callId(node.ref, input.pass);
  const kept = walk.ledger.loops.get(place);
  const outputs = [...(kept?.outputs ?? [])];
  let visible = kept?.visible ?? [];
  let state = kept?.state ?? input.state;

  for (let iteration = (kept?.iterations ?? 0) + 1; iteration <= maxIterations; iteration++) {
    tell({ event: 'LoopIterationStarted', iteration, maxIterations });
    const pass = passWithin(input.pass, iteration);
    const within = callId(node.ref, pass);
    const from = (iteration - 1) * node.steps.length;
    const sees = node.forward ? forwarded(input.sees, visible) : input.sees;
    const begins = { sees, state, pass };
    const ran = await sequence(node.steps, within, begins, walk, progress, { from });
    outputs.push(...ran.outputs);
    visible = seenOf(ran.outputs, visible);
    state = ran.state;
    const { failure, cancelled, over } = await ended(node, ran, pass, walk);
    if (failure !== null || cancelled) {
      return endOf(node, 'Loop', { outputs, visible, state, failure, cancelled }, progress);
    }
    const shouldContinue = !over && iteration < maxIterations;
    tell({ event: 'LoopIterationCompleted', iteration, maxIterations, shouldContinue });
    if (!shouldContinue) return completed(iteration);
    walk.ledger.sequences.delete(within);
    walk.ledger.loops.set(place, { iterations: iteration, outputs, visible, state });
  }
  return completed(0);

  function completed(totalIterations: number): NodeEnd {
    const all = { outputs, visible, state, failure: null, cancelled: false };
    const end = endOf(node, 'Loop', all, progress);
    if (end.output !== null)
      tell({ event: 'LoopExecutionCompleted', totalIterations, result: end.output.result });
    return end;
  }
}

interface Ending {
  readonly over: boolean;
  readonly failure: RunErrorData | null;
  readonly cancelled: boolean;
}

/** Whether an iteration was the last one. After a stop nobody is asked. */
async function ended(
  node: LoopNode,
  { outputs, sees, state, failure, cancelled }: SequenceEnd,
  pass: Pass,
  walk: Walk,
): Promise<Ending> {
  if (failure !== null || cancelled) return { over: true, failure, cancelled };
  const going = { over: false, failure: null, cancelled: false };
  if (outputs.at(-1)?.result.stop === true) return { ...going, over: true };
  if (node.endCondition === null) return going;
  const iteration = outputs.length;
  const question = node.endCondition;
  const answer = await ask({ node, question, sees, state, pass, iteration }, walk);
  switch (answer.kind) {
    case 'answer': {
      const { value } = answer;
      if (typeof value === 'boolean') return { ...going, over: value };
      return { ...going, failure: wrongAnswer(node, MUST, value) };
    }
    case 'failed':
      return { ...going, failure: answer.error };
    case 'cancelled':
      return { ...going, cancelled: true };
  }
}

const MUST = 'the end condition must answer true or false';

/**
 * What nodes after the loop see of its iterations: the last one, the last one from which something flowed out, and of
 * each name the latest output. So what they are given doesn't grow with the loop.
 */
function seenOf(outputs: readonly Output[], before: readonly Output[]): readonly Output[] {
  const names = new Set(outputs.flatMap(namesIn));
  let flowed = outputs.some(({ result }) => !result.skipped);
  const kept: Output[] = [];
  for (const output of before.toReversed()) {
    const news = namesIn(output).filter((name) => !names.has(name));
    const flows = !flowed && !output.result.skipped;
    if (news.length === 0 && !flows) continue;
    kept.push(output);
    flowed ||= flows;
    for (const name of news) names.add(name);
  }
  return [...kept.reverse(), ...outputs];
}

function namesIn({ result, children }: Output): string[] {
  return [result.name, ...new Set(children.flatMap(namesIn))];
}

/** What flowed out of the iterations so far flows into the next one; where all of them were skipped, what flowed in. */
function forwarded(outer: Scope, visible: readonly Output[]): Scope {
  const flowed = visible.some(({ result }) => !result.skipped);
  if (!flowed) return outer;
  const flow = visible.reduce<Json>((before, { result }) => flowAfter(before, result), null);
  return outer.flowing(flow, { outputs: visible, item: null });
}
