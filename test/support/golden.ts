import {
  Workflow,
  type AnyWorkflow,
  type Json,
  type JsonObject,
  type WorkflowOptions,
} from '../../src/index.js';
import { scriptedModel, type ScriptedModel } from '../../src/testing/index.js';
import {
  MEDIA,
  type GoldenCase,
  type GoldenInput,
  type GoldenMedia,
  type GoldenRun,
} from './golden-case.js';
import {
  differencesFromAgno,
  differencesInBackground,
  differencesOf,
  type GoldenAnswer,
} from './golden-compare.js';
import { optionsOf } from './golden-definition.js';
import { Script, type CancelOn } from './golden-script.js';
import { overlay } from './reference/state.js';

/** One run that a host is asked for. */
export interface GoldenRequest extends Partial<GoldenMedia> {
  readonly workflow: AnyWorkflow;
  readonly input: Json | undefined;
  readonly additionalData?: JsonObject;
  readonly sessionState?: JsonObject;
  readonly overwriteSessionState?: boolean;
  readonly sessionId?: string;
  readonly userId?: string;
  /** It is started in the background. */
  readonly background: boolean;
  /** Cancels the run as soon as this has happened. */
  readonly cancelOn?: CancelOn;
  /** Cancels the run so many milliseconds after its start, and not before it is over where it is to be over by then. */
  readonly cancelAfter?: { readonly ms: number; readonly isOver: boolean };
}

/** Where cases are run: in memory, or on a server. */
export interface GoldenHost {
  /** Runs to the end; `'rejected'` where the workflow's schema refuses the input. */
  run(request: GoldenRequest): Promise<GoldenAnswer | 'rejected'>;
}

/** A case that is ready to be run: its workflow is built, and its agents' models answer. */
export class Trial implements AsyncDisposable {
  private constructor(
    readonly golden: GoldenCase,
    readonly script: Script,
    readonly model: ScriptedModel,
    /** What the definition is refused with takes its place. */
    readonly workflow: Workflow | Error,
  ) {}

  static async prepare(golden: GoldenCase): Promise<Trial> {
    const { definition } = golden;
    const model = await scriptedModel((request) => script.answer(request));
    const script: Script = new Script(definition, model.baseURL);
    // All cases stand on one worker, which tells workflows by their names; a refusal has the definition's own.
    const name = golden.decided_construct_error === undefined ? golden.name : definition.name;
    const workflow = built(() => ({ ...optionsOf(definition, script), name }));
    return new Trial(golden, script, model, workflow);
  }

  /**
   * Runs the case, its runs one after the other on one session, and tells how what comes of them differs from what it has
   * to be: a line for each field.
   */
  async differences(host: GoldenHost): Promise<string[]> {
    const { decided_construct_error: refused, runs } = this.golden;
    const { workflow } = this;
    if (refused !== undefined) return refusal(workflow, refused);
    if (workflow instanceof Error) return [`the definition is refused: ${workflow.message}`];

    const differences: string[] = [];
    for (const group of together(runs)) {
      const last = runs.indexOf(group.at(-1)!) + 1;
      this.#stage(group);
      const asked = this.model.requests.length;
      const answers = await Promise.all(
        group.map(({ input, agno_2_3_4: { status } }) =>
          host.run(this.#request(workflow, input, status === 'COMPLETED')),
        ),
      );
      for (const [index, run] of group.entries()) {
        const found = this.#compare(answers[index]!, run, asked);
        differences.push(...found.map((line) => (runs.length > 1 ? `run ${last}: ${line}` : line)));
      }
    }
    return differences;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.model[Symbol.asyncDispose]();
  }

  #stage(group: readonly GoldenRun[]): void {
    const [{ input, agno_2_3_4 }] = group as readonly [GoldenRun];
    const { cancel_on_event: on, cancel_after_ms } = input;
    this.script.stage({
      cancelOn: on === undefined ? null : { event: on.event, stepName: on.step_name },
      sleepsUntilAborted: cancel_after_ms !== undefined && agno_2_3_4.status === 'CANCELLED',
      together: group.length,
    });
  }

  #request(workflow: Workflow, given: GoldenInput, isOver: boolean): GoldenRequest {
    const { additional_data, user_id, cancel_on_event, cancel_after_ms } = given;
    const { db, session_state: own, overwrite_db_session_state } = this.golden.definition;
    const overwrites = overwrite_db_session_state === true;
    // Agno's replaces what is stored by the workflow's own and the run's; here it is the run's alone.
    const sessionState = overwrites
      ? overlay(own ?? {}, given.session_state ?? {})
      : given.session_state;
    const media = MEDIA.filter((kind) => given[kind] !== undefined);
    return {
      workflow,
      input: given.input,
      background: this.golden.kind === 'background',
      ...(Object.fromEntries(media.map((kind) => [kind, given[kind]!])) as Partial<GoldenMedia>),
      ...(additional_data !== undefined && { additionalData: additional_data }),
      ...(sessionState !== undefined && { sessionState }),
      ...(overwrites && { overwriteSessionState: true }),
      ...(db !== false && { sessionId: given.session_id ?? 'S' }),
      ...(user_id !== undefined && { userId: user_id }),
      ...(cancel_on_event !== undefined && {
        cancelOn: { event: cancel_on_event.event, stepName: cancel_on_event.step_name },
      }),
      ...(cancel_after_ms !== undefined && { cancelAfter: { ms: cancel_after_ms, isOver } }),
    };
  }

  #compare(answer: GoldenAnswer | 'rejected', run: GoldenRun, asked: number): string[] {
    const { decided, input, agno_2_3_4 } = run;
    const isRejected = decided !== undefined && 'rejected' in decided;
    if (answer === 'rejected') return isRejected ? [] : ['the input is refused'];
    if (isRejected) return ['the input is not refused'];
    const inBackground = differencesInBackground(answer);
    if (decided === undefined) {
      return [...differencesFromAgno(answer, agno_2_3_4, input), ...inBackground];
    }
    const attempts = this.script.callsIn(answer.runId);
    const seen = { attempts, prompts: this.model.requests.slice(asked) };
    return [...differencesOf(answer, decided, seen, this.golden.definition), ...inBackground];
  }
}

function built(options: () => WorkflowOptions): Workflow | Error {
  try {
    return new Workflow(options());
  } catch (error) {
    return error as Error;
  }
}

function refusal(workflow: Workflow | Error, refused: string): string[] {
  const node = refused.split(':')[0]!.split('/').at(-1)!;
  if (!(workflow instanceof Error)) return ['the definition is not refused'];
  const { message } = workflow;
  return message.includes(node) ? [] : [`the refusal doesn't name '${node}': ${message}`];
}

/** Runs in their order; those that are started together side by side. */
function together(runs: readonly GoldenRun[]): readonly (readonly GoldenRun[])[] {
  const concurrent = runs.filter(({ input }) => input.concurrent === true);
  return runs.flatMap((run) => {
    if (run.input.concurrent !== true) return [[run]];
    return run === concurrent[0] ? [concurrent] : [];
  });
}
