import type { AnyCall, CallResult } from '../plan/contract.js';
import type { AgentEntry, Entry } from '../plan/executor.js';
import { toolOf, turnOf, type CallId } from '../plan/reference.js';
import type { Attempt } from './call-context.js';
import type { Models } from './models/models.js';
import { ExpiredError, type Given } from './resolve.js';
import { runQuestion } from './run-question.js';
import { runExecutor, runFinish } from './run-step.js';
import { runTool } from './run-tool.js';
import { runTurn } from './run-turn.js';

/** What a call asks for, ready to be done. */
export type Work = (given: Given, attempt: Attempt) => Promise<CallResult>;

/** A call, by the names that Temporal has for it. */
export interface CallName {
  readonly activityId: string;
  readonly activityType: string;
}

/** The one place that tells calls apart. `null`: what this worker has by the call's name is of another kind. */
export function workOf(
  entry: Entry,
  call: AnyCall,
  { activityId, activityType }: CallName,
  models: Models,
): Work | null {
  const id = activityId as CallId;
  switch (entry.kind) {
    case 'step':
      if (turnOf(id) !== null || !('input' in call)) return null;
      return (given, attempt) => runExecutor(entry, call, given, attempt);
    case 'question':
      if (!('input' in call)) return null;
      return (given, attempt) => runQuestion(entry, call, given, attempt);
    case 'finish':
      if (!('input' in call)) return null;
      return (given, attempt) => runFinish(entry, call, given, attempt);
    case 'agent': {
      if (turnOf(id) === null) return null;
      const tool = toolOf(id, activityType);
      if (tool !== null) return toolWork(entry, call, tool);
      return (given, attempt) => runTurn(entry, call, given, models, attempt);
    }
  }
}

function toolWork(entry: AgentEntry, call: AnyCall, name: string): Work | null {
  const tool = entry.tools.get(name);
  if (tool === undefined || !('request' in call)) return null;
  return (given, attempt) => {
    const { request } = given;
    if (request === null)
      throw new ExpiredError('The history no longer holds what the tool is asked.');
    return runTool(entry, tool, request, call, given, attempt);
  };
}
