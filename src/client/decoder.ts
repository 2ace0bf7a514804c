import type { Client } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import {
  decodeArrayFromPayloads,
  decodeFromPayloadsAtIndex,
  decodeOptionalFailureToOptionalError,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { FailureLike } from '../walk/outcome.js';
import type { HistoryEvent } from './history.js';

type DataConverter = Client['options']['loadedDataConverter'];

/** Values as events hold them. */
export type Payloads =
  { readonly payloads?: Parameters<typeof decodeArrayFromPayloads>[1] } | null | undefined;

type Failure = Parameters<typeof decodeOptionalFailureToOptionalError>[1];

/** Makes values of what events hold. */
export class Decoder {
  constructor(readonly converter: DataConverter) {}

  /** The first of them. */
  one<T>(payloads: Payloads): Promise<T> {
    return decodeFromPayloadsAtIndex<T>(this.converter, 0, payloads?.payloads);
  }

  /** The first of them; `null` where there is none. */
  async oneOrNull<T>(payloads: Payloads): Promise<T | null> {
    return payloads?.payloads?.length ? this.one<T>(payloads) : null;
  }

  all(payloads: Payloads): Promise<unknown[]> {
    return decodeArrayFromPayloads(this.converter, payloads?.payloads);
  }

  async error(failure: Failure): Promise<FailureLike> {
    const error = await decodeOptionalFailureToOptionalError(this.converter, failure);
    return error ?? new TimeoutFailure('no reason given', undefined, 'START_TO_CLOSE');
  }

  /** What an event is called in the Web UI; `null` for nothing. */
  async summary(event: HistoryEvent): Promise<unknown> {
    const summary = event.userMetadata?.summary;
    return summary ? this.one({ payloads: [summary] }) : null;
  }
}
