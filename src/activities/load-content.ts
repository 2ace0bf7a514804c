import { ApplicationFailure, Context } from '@temporalio/activity';
import type { LoadedContent, StepCall } from '../plan/contract.js';
import { jsonBytes } from '../plan/json.js';
import { MAX_PAYLOAD_BYTES } from '../plan/limits.js';
import type { CallId } from '../plan/reference.js';
import { faultOf } from './fault.js';
import { ExpiredError, placeOf, type Resolver } from './resolve.js';

/**
 * What flows into a call: for a run that needs it itself, and whose own history doesn't have it.
 *
 * @throws ApplicationFailure where no history has it any more; what the server says, to be tried again.
 */
export async function loadContent(call: StepCall, resolver: Resolver): Promise<LoadedContent> {
  const { info } = Context.current();
  try {
    const { seen } = await resolver.resolve(placeOf(info, info.activityId as CallId, call), call);
    const bytes = jsonBytes(seen.flow);
    return bytes > MAX_PAYLOAD_BYTES ? { tooLarge: bytes } : { content: seen.flow };
  } catch (error) {
    if (!(error instanceof ExpiredError)) throw error;
    const { message, code, type } = faultOf("The run's content", error);
    const details = [{ type, attempts: null }];
    throw ApplicationFailure.create({ message, type: code, details, nonRetryable: true });
  }
}
