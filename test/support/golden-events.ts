import { childrenOf, nameOf, type GoldenEvent, type GoldenNode } from './golden-case.js';

/** An event of a run, as a host tells it, with whatever else it tells of it. */
export interface HostEvent {
  readonly event: string;
  /** `null` for events of the run itself, as is `stepPath`. */
  readonly stepName: string | null;
  readonly stepPath: string | null;
}

/** Cases have none of them. */
const OF_AGENTS = [
  'RunStarted',
  'RunContent',
  'TeamRunContent',
  'ToolCallStarted',
  'ToolCallCompleted',
  'RunCompleted',
  'TeamRunStarted',
  'TeamRunCompleted',
];

/** Names that say what has to be told with an event by the cases, and how it is called here. */
const FACTS: Readonly<Record<string, string>> = {
  iteration: 'iteration',
  content: 'content',
  error: 'error',
  condition_result: 'conditionResult',
  selected_steps: 'selectedSteps',
  parallel_step_count: 'parallelStepCount',
  max_iterations: 'maxIterations',
  total_iterations: 'totalIterations',
  should_continue: 'shouldContinue',
  item_count: 'itemCount',
};

/**
 * A host's events as the cases write them. Between a Parallel's branches no order is specified: they stand one after the
 * other, in the order of the definition. What a case doesn't say of an event is left out.
 */
export function eventsAsDecided(
  events: readonly HostEvent[],
  decided: readonly GoldenEvent[],
  definition: GoldenNode,
): readonly GoldenEvent[] {
  const facts = new Map(decided.map((event) => [event.event, Object.keys(event)]));
  const told = events.filter(({ event }) => !OF_AGENTS.includes(event));
  return comparable(
    inOrder(told, branchesOf(definition)).map((event) =>
      asDecided(event, facts.get(event.event) ?? []),
    ),
    definition,
  );
}

/** Events of a ForEach's items can't be told apart by their paths: with one, events are compared in any order. */
export function comparable(
  events: readonly GoldenEvent[],
  definition: GoldenNode,
): readonly GoldenEvent[] {
  if (!hasForEach(definition)) return events;
  return events.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

function hasForEach(node: GoldenNode): boolean {
  return node.type === 'ForEach' || childrenOf(node).some(hasForEach);
}

function asDecided(event: HostEvent, wanted: readonly string[]): GoldenEvent {
  const facts = wanted.flatMap((fact) => {
    const value = FACTS[fact] === undefined ? undefined : factOf(event, FACTS[fact]);
    return value === undefined ? [] : [[fact, value] as const];
  });
  return {
    event: event.event,
    ...(event.stepName !== null && { step_name: event.stepName }),
    ...(Object.fromEntries(facts) as object),
  };
}

/** Events of a node's end have what it gave as its result. */
function factOf(event: HostEvent, fact: string): unknown {
  const facts = event as unknown as Readonly<Record<string, unknown>>;
  const result = facts['result'] as { readonly content: unknown } | undefined;
  const value = fact === 'content' && result !== undefined ? result.content : facts[fact];
  return fact === 'error' && value !== undefined ? String(value) : value;
}

/** What the paths of a Parallel's branches end with, by the Parallel's path. */
type Branches = ReadonlyMap<string, readonly string[]>;

function branchesOf(node: GoldenNode, path = ''): Branches {
  const children = childrenOf(node);
  const segments = segmentsOf(children.map(nameOf));
  const inside = children.flatMap((child, index) => [
    ...branchesOf(child, path === '' ? segments[index]! : `${path}/${segments[index]!}`),
  ]);
  return new Map(node.type === 'Parallel' ? [[path, segments], ...inside] : inside);
}

/** What happens between a Parallel's beginning and its end belongs to its branches, told apart by their paths. */
function inOrder(events: readonly HostEvent[], branches: Branches): readonly HostEvent[] {
  const at = events.findIndex(({ event }) => event === 'ParallelExecutionStarted');
  if (at === -1) return events;
  const path = events[at]!.stepPath ?? '';
  const rest = events.slice(at + 1);
  const over = rest.findIndex((event) => !isAt(event, path) || event.stepPath === path);
  const [own, after] = over === -1 ? [rest, []] : [rest.slice(0, over), rest.slice(over)];
  const ofBranches = (branches.get(path) ?? []).flatMap((segment) =>
    inOrder(
      own.filter((event) => isAt(event, `${path}/${segment}`)),
      branches,
    ),
  );
  return [...events.slice(0, at + 1), ...ofBranches, ...inOrder(after, branches)];
}

/** Whether it is of the node at a path, or of one inside. */
function isAt({ stepPath }: HostEvent, path: string): boolean {
  return stepPath === path || stepPath?.startsWith(`${path}/`) === true;
}

/** What the paths of nodes of those names end with: a name that is used again is numbered. */
function segmentsOf(names: readonly string[]): readonly string[] {
  return names.map((name, index) => {
    const encoded = name.replace(/[%/#]/g, (character) => encodeURIComponent(character));
    const nth = names.slice(0, index + 1).filter((each) => each === name).length;
    return nth === 1 ? encoded : `${encoded}#${nth}`;
  });
}
