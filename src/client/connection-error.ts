import { OutlastError } from '../plan/errors.js';

/** No Temporal server answers there. */
export class ServerUnreachableError extends OutlastError {
  readonly code = 'SERVER_UNREACHABLE';

  constructor(
    readonly address: string,
    cause: unknown,
  ) {
    super(
      `No Temporal server answers at ${address} (${reasonOf(cause)}). ` +
        'Start one: `temporal server start-dev`, or startLocal() of outlast/local; ' +
        'or say where it is in TEMPORAL_ADDRESS, configure({ address }) or connect({ address }).',
      { cause },
    );
  }
}

function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/ConnectionRefused|ECONNREFUSED/.test(text)) return 'connection refused';
  const line = text.split('\n')[0] ?? '';
  return line.length > 160 ? `${line.slice(0, 157)}…` : line;
}
