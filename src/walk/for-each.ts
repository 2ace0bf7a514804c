import type { RunErrorData } from '../plan/contract.js';
import type { Json } from '../plan/json.js';
import { contentByName, NOT_HERE } from '../plan/output.js';
import type { ForEachNode, Question } from '../plan/plan.js';
import { callId, passWithin } from '../plan/reference.js';
import { resultOf } from '../plan/result.js';
import { ask, wrongAnswer } from './ask.js';
import { endOf, nothingDone } from './container.js';
import { teller, type NodeEnd, type NodeInput, type Walk } from './node.js';
import type { Progress } from './progress.js';
import type { ItemsRecord } from './ledger.js';
import type { Output } from './scope.js';
import { sideBySide } from './side-by-side.js';

/** Its node once for each item, which flows into it; side by side, with the results in the order of the items. */
export async function runForEach(
  node: ForEachNode,
  input: NodeInput,
  walk: Walk,
  progress: Progress,
): Promise<NodeEnd> {
  const tell = teller(walk, node, input);
  const found = await itemsOf(node, input, walk);
  if (found.kind !== 'items') return nothingDone(node, 'ForEach', input, found, progress);

  const { count: itemCount, origin } = found.items;
  const place = callId(node.ref, input.pass);
  walk.ledger.items.set(place, found.items);
  const contents = found.contents ?? [];
  const [each] = node.steps;
  tell({ event: 'ForEachExecutionStarted', itemCount });
  const branch = (index: number) => ({
    node: each,
    input: {
      ...input,
      sees: input.sees.flowing(contentAt(contents, index), { outputs: origin, item: index }),
      pass: passWithin(input.pass, index + 1),
    },
  });
  const width = { count: itemCount, atOnce: node.maxConcurrency, place };
  const ends = await sideBySide(width, branch, input, walk, progress);
  const end = endOf(node, 'ForEach', ends, progress);
  if (end.output?.result.error === null)
    tell({ event: 'ForEachExecutionCompleted', itemCount, result: end.output.result });
  return end;
}

function contentAt(contents: readonly Json[], index: number): Json {
  return index < contents.length ? (contents[index] ?? null) : NOT_HERE;
}

type Found =
  /** `contents` is `null` where they stand in an earlier execution of the run. */
  | {
      readonly kind: 'items';
      readonly items: ItemsRecord;
      readonly contents: readonly Json[] | null;
    }
  | { readonly kind: 'failed'; readonly error: RunErrorData }
  | { readonly kind: 'cancelled' };

async function itemsOf(node: ForEachNode, input: NodeInput, walk: Walk): Promise<Found> {
  const { items } = node;
  const { sees, state, pass } = input;
  const kept = walk.ledger.items.get(callId(node.ref, pass));
  if (kept !== undefined) return { kind: 'items', items: kept, contents: null };
  if (typeof items === 'string') {
    const output = latest(sees.outputs(), items);
    if (output?.result.content === NOT_HERE) return asked({ local: false });
    if (output === null) return listed(node, null, []);
    return listed(node, contentByName(output.result) ?? null, [output]);
  }
  return asked(items);

  async function asked(question: Question): Promise<Found> {
    const answer = await ask({ node, question, sees, state, pass }, walk);
    if (answer.kind !== 'answer') return answer;
    const { call, value } = answer;
    const result = resultOf(node.name, { content: value });
    return listed(node, value, [{ result, call, children: [] }]);
  }
}

function listed(node: ForEachNode, value: Json, origin: readonly Output[]): Found {
  if (Array.isArray(value))
    return { kind: 'items', items: { count: value.length, origin }, contents: value };
  const { items } = node;
  const must =
    typeof items === 'string'
      ? `the content of '${items}' must be a list`
      : 'its items must be a list';
  return { kind: 'failed', error: wrongAnswer(node, must, value) };
}

/** The latest visible output of that name, also inside containers. */
function latest(outputs: readonly Output[], name: string): Output | null {
  for (const output of outputs.toReversed()) {
    if (output.result.name === name) return output;
    const inside = latest(output.children, name);
    if (inside !== null) return inside;
  }
  return null;
}
