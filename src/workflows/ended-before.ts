import type { StepResult } from '../plan/output.js';
import type { Plan, PlanNode } from '../plan/plan.js';
import {
  NO_PASS,
  passesOf,
  passWithin,
  referenceOf,
  type Pass,
  type Reference,
} from '../plan/reference.js';
import type { Ledger, Place } from '../walk/ledger.js';

/** A node that has ended. */
export interface Ended {
  readonly node: PlanNode;
  readonly result: StepResult;
  readonly pass: Pass;
}

/** A container that is open. */
export interface Open {
  /** `null` for the whole. */
  readonly node: PlanNode | null;
  readonly children: readonly PlanNode[];
  readonly pass: Pass;
}

/** Where places of a run's ledger are in its plan; `null` for one that isn't there. */
export function placesOf({ steps }: Plan): (place: Place) => Open | null {
  const nodes = byReference(steps, false);
  return (place) => {
    if (place === '') return { node: null, children: steps, pass: NO_PASS };
    const found = nodes.get(referenceOf(place));
    if (found === undefined) return null;
    const { node, isRepeated } = found;
    const passes = passesOf(place).join('.') as Pass;
    // Calls have the pass 1 outside of loops, too.
    const pass = isRepeated || passes !== '1' ? passes : NO_PASS;
    return { node, children: 'steps' in node ? node.steps : [], pass };
  };
}

/** What ended in earlier executions of a run, in the containers that are still open and in those that stand in them. */
export function* endedBefore(plan: Plan, { sequences, branches }: Ledger): Generator<Ended> {
  const placed = placesOf(plan);
  for (const [place, { outputs }] of sequences) {
    const open = placed(place);
    const results = outputs.map(({ result }) => result);
    if (open !== null) yield* inOrder(open.children, results, open.pass);
  }
  for (const [place, { ends }] of branches) {
    const open = placed(place);
    for (const [index, end] of ends.entries()) {
      const isItem = open?.node?.kind === 'forEach';
      const node = open?.children[isItem ? 0 : index];
      if (open === null || node === undefined || !end?.output) continue;
      const pass = isItem ? passWithin(open.pass, index + 1) : open.pass;
      yield* within(node, end.output.result, pass);
    }
  }
}

/** Those of a list are known by their names, those of one name by their order. */
function* inOrder(
  nodes: readonly PlanNode[],
  results: readonly StepResult[],
  pass: Pass,
): Generator<Ended> {
  const left = [...nodes];
  for (const result of results) {
    const at = left.findIndex(({ name }) => name === result.name);
    const [node] = at === -1 ? [] : left.splice(at, 1);
    if (node !== undefined) yield* within(node, result, pass);
  }
}

function* within(node: PlanNode, result: StepResult, pass: Pass): Generator<Ended> {
  yield { node, result, pass };
  if (!('steps' in node)) return;
  if (node.kind !== 'forEach') {
    yield* inOrder(node.steps, result.steps, pass);
    return;
  }
  for (const [index, item] of result.steps.entries())
    yield* within(node.steps[0], item, passWithin(pass, index + 1));
}

interface Found {
  readonly node: PlanNode;
  /** It stands in a loop or a ForEach. */
  readonly isRepeated: boolean;
}

function byReference(nodes: readonly PlanNode[], isRepeated: boolean): Map<Reference, Found> {
  const found = new Map<Reference, Found>();
  for (const node of nodes) {
    found.set(node.ref, { node, isRepeated });
    if (!('steps' in node)) continue;
    const repeats = isRepeated || node.kind === 'loop' || node.kind === 'forEach';
    for (const [ref, child] of byReference(node.steps, repeats)) found.set(ref, child);
  }
  return found;
}
