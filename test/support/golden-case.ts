/** The golden cases as data: what their files hold, and what test/golden/README.md says that it means. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface JsonObject {
  [key: string]: Json;
}

/** A workflow, and what its runs have to answer: decided by the semantics, case by case. */
export interface GoldenCase {
  readonly name: string;
  readonly description: string;
  readonly kind: 'run' | 'background';
  readonly definition: WorkflowNode;
  /** The definition is refused; the text begins with the name of the node. */
  readonly decided_construct_error?: string;
  readonly runs: readonly GoldenRun[];
}

export interface GoldenRun {
  readonly input: GoldenInput;
  readonly decided?: Decided | { readonly rejected: true };
  /** What Agno gave: the answer where nothing is decided, which is where runs are cancelled or race. */
  readonly agno_2_3_4: AgnoAnswer;
}

export interface GoldenInput {
  readonly input?: Json;
  readonly additional_data?: JsonObject;
  readonly session_state?: JsonObject;
  readonly user_id?: string;
  readonly session_id?: string;
  readonly images?: readonly string[];
  readonly videos?: readonly string[];
  readonly audio?: readonly string[];
  readonly files?: readonly string[];
  /** Cancels the run as soon as this has happened. */
  readonly cancel_on_event?: { readonly event: string; readonly step_name: string | null };
  /** Cancels the run so many milliseconds after its start. */
  readonly cancel_after_ms?: number;
  /** The run is started together with the others. */
  readonly concurrent?: boolean;
}

/** The lists of media of inputs, results and what a step sees. */
export const MEDIA = ['images', 'videos', 'audio', 'files'] as const;
export type GoldenMedia = Readonly<Record<(typeof MEDIA)[number], readonly string[]>>;

export interface Decided {
  readonly status: 'completed' | 'failed';
  readonly content: Json;
  readonly error: string | null;
  readonly session_state: JsonObject;
  readonly step_results?: readonly GoldenResult[];
  /** Calls of each function, by the path of its node. */
  readonly attempts?: Readonly<Record<string, number>>;
  readonly events?: readonly GoldenEvent[];
  /** What each agent's model was sent. */
  readonly agent_prompts?: readonly GoldenPrompt[];
}

export interface AgnoAnswer {
  readonly status: string;
  readonly content: Json;
  readonly step_results?: readonly Pick<GoldenResult, 'name' | 'content'>[];
  readonly session_state?: JsonObject;
  /** Of background runs: what each look at the run said. `null`: nothing was stored yet. */
  readonly get_run_sequence?: readonly (string | null)[];
  readonly returned_status?: string;
  readonly cancel_returned?: boolean;
  readonly has_completed?: boolean;
}

/** A node's result. Media stands there as addresses, and what is empty isn't there. */
export interface GoldenResult extends Partial<GoldenMedia> {
  readonly name: string;
  readonly type: string;
  readonly content: Json;
  readonly success: boolean;
  readonly stop: boolean;
  readonly error: string | null;
  readonly skipped: boolean;
  readonly steps?: readonly GoldenResult[];
}

export interface GoldenEvent {
  readonly event: string;
  readonly step_name?: string;
  readonly [fact: string]: unknown;
}

export interface GoldenPrompt {
  readonly agent: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

export type GoldenNode =
  | StepNode
  | FunctionNode
  | AgentNode
  | ContainerNode
  | ConditionNode
  | LoopNode
  | RouterNode
  | ForEachNode
  | WorkflowNode
  | BogusNode;

export interface WorkflowNode {
  readonly type: 'Workflow';
  readonly name: string;
  readonly steps?: readonly GoldenNode[];
  /** The whole workflow is one function. */
  readonly callable?: string;
  readonly session_state?: JsonObject;
  readonly overwrite_db_session_state?: boolean;
  readonly add_workflow_history_to_steps?: boolean;
  readonly num_history_runs?: number;
  readonly input_schema?: GoldenSchema;
  /** `false`: its runs belong to no session. */
  readonly db?: boolean;
  /** A container in the place of the list, to see it refused. */
  readonly steps_wrapper?: GoldenNode;
}

export interface StepNode {
  readonly type: 'Step';
  readonly name?: string | null;
  readonly executor?: string;
  readonly agent?: GoldenAgent;
  readonly team?: GoldenTeam;
  readonly max_retries?: number;
  readonly skip_on_failure?: boolean;
  readonly timeout_seconds?: number;
  readonly add_workflow_history?: boolean;
  readonly num_history_runs?: number;
  /** The function's own name. */
  readonly fn_name?: string;
}

export interface GoldenAgent {
  readonly name: string;
  readonly reply?: string;
  readonly instructions?: string;
}

export interface GoldenTeam extends GoldenAgent {
  readonly members: readonly AgentNode[];
}

export interface FunctionNode {
  readonly type: 'Function';
  readonly name: string;
  readonly executor: string;
}

export interface AgentNode extends GoldenAgent {
  readonly type: 'Agent';
}

export interface ContainerNode {
  readonly type: 'Steps' | 'Parallel';
  readonly name?: string | null;
  readonly steps: readonly GoldenNode[];
}

export interface ConditionNode {
  readonly type: 'Condition';
  readonly name?: string | null;
  readonly evaluator: string | boolean;
  readonly steps: readonly GoldenNode[];
  /** In paths they follow `steps`. */
  readonly else_steps?: readonly GoldenNode[];
}

export interface LoopNode {
  readonly type: 'Loop';
  readonly name?: string | null;
  readonly steps: readonly GoldenNode[];
  readonly max_iterations?: number;
  readonly end_condition?: string;
  readonly forward_iteration_output?: boolean;
}

export interface RouterNode {
  readonly type: 'Router';
  readonly name?: string | null;
  readonly selector: string;
  readonly choices: readonly GoldenNode[];
}

export interface ForEachNode {
  readonly type: 'ForEach';
  readonly name?: string | null;
  /** A function that gives the items; or the step whose content they are. */
  readonly items: string | { readonly of: string };
  readonly step: GoldenNode;
}

/** Something that is no node. */
interface BogusNode {
  readonly type: 'Bogus';
}

export interface GoldenSchema {
  readonly name: string;
  /** `str`, `int`, `float` or `bool`; with a `?` where it may be left out. */
  readonly fields: Readonly<Record<string, string>>;
}

/** `append:X` → `append` and `X`: what follows the first colon is the argument, whatever it holds. */
export function opOf(text: string): { readonly op: string; readonly argument: string } {
  const [op, argument] = twoOf(text, ':');
  return { op, argument };
}

/** A text before and after a separator's first place; without it, all and nothing. */
export function twoOf(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** A node's name: its own, else its function's or agent's, else its type. */
export function nameOf(node: GoldenNode): string {
  if (node.type === 'Bogus') return node.type;
  const own = node.name ?? null;
  if (own !== null || node.type !== 'Step') return own ?? node.type;
  return node.fn_name ?? node.agent?.name ?? node.team?.name ?? node.type;
}

/** A node's children in the order in which its path counts them. */
export function childrenOf(node: GoldenNode): readonly GoldenNode[] {
  switch (node.type) {
    case 'Step':
    case 'Function':
    case 'Agent':
    case 'Bogus':
      return [];
    case 'Workflow':
      return node.steps ?? [];
    case 'Steps':
    case 'Parallel':
    case 'Loop':
      return node.steps;
    case 'Condition':
      return [...node.steps, ...(node.else_steps ?? [])];
    case 'Router':
      return node.choices;
    case 'ForEach':
      return [node.step];
  }
}

/** `1.0` and 2 → `1.0.2`: the path of a node's child. */
export function childPath(path: string, index: number): string {
  return path === '' ? String(index) : `${path}.${String(index)}`;
}
