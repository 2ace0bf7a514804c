import { ApplicationFailure, Context } from '@temporalio/activity';
import type { LocalAnswer, LocalQuestion } from '../plan/contract.js';
import type { Registry } from '../plan/executor.js';
import { activityType, referenceOf } from '../plan/reference.js';
import { faultOf } from './fault.js';
import { placeOf, type Resolver } from './resolve.js';
import { runQuestion } from './run-question.js';

/**
 * Asks within the run's workflow task. What the asked function throws is an answer, for it isn't to be asked again.
 *
 * @throws where this worker can't ask: another one is to be tried.
 */
export async function askHere(
  { call: id, given: call }: LocalQuestion,
  registry: Registry,
  resolver: Resolver,
): Promise<LocalAnswer> {
  const { info, log, cancellationSignal: signal } = Context.current();
  const key = activityType(info.workflowType ?? '', referenceOf(id));
  const entry = registry.calls.get(key);
  if (entry?.kind !== 'question')
    throw ApplicationFailure.nonRetryable(`There is no '${key}' here.`);
  const place = placeOf(info, id, call);
  const given = await resolver.resolve(place, call);
  // Its own id: a local activity's is Temporal's.
  const attempt = { info: { ...info, activityId: id }, signal, log, heartbeat: () => undefined };
  try {
    const result = await runQuestion(entry, call, given, attempt);
    resolver.remember(place, result);
    return { result };
  } catch (error) {
    const { message, code, type } = faultOf(entry.name, error);
    return { failed: { message, code, type, attempts: 1 } };
  }
}
