import {
  Client,
  Connection,
  isGrpcServiceError,
  NamespaceNotFoundError,
  type ServiceError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { rethrowKnownErrorTypes } from '@temporalio/client/lib/helpers.js';
import { OutlastError } from '../plan/errors.js';
import type { ResolvedConfig } from './config.js';
import { ServerUnreachableError } from './connection-error.js';
import { ServerError } from './errors.js';

/** How long a server is given to answer at all. */
const CONNECT_WITHIN = 4_500;
/** How long a call of an open connection is given. */
const CALL_WITHIN = 10_000;

/** gRPC's status codes, as far as they mean something here. */
const Status = {
  cancelled: 1,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  unavailable: 14,
} as const;

/** A server that is at its limits ends a call when its time is over, and that may arrive before our own time-out. */
const NO_ANSWER: readonly number[] = [
  Status.unavailable,
  Status.deadlineExceeded,
  Status.cancelled,
];

export interface CallOptions {
  /** Ends the call, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. @default 10 seconds */
  readonly within?: number;
}

/** An open connection: every call through it has a bound, and fails with an error of ours. */
export class Server {
  readonly client: Client;

  private constructor(
    readonly config: ResolvedConfig,
    readonly connection: Connection,
  ) {
    const { namespace, dataConverter } = config;
    this.client = new Client({
      connection,
      namespace,
      ...(dataConverter !== undefined && { dataConverter }),
    });
  }

  /** @throws ServerUnreachableError within 5 seconds; ServerError for a namespace that isn't there, or a refusal. */
  static async connect(config: ResolvedConfig): Promise<Server> {
    const { address, apiKey, tls, metadata, namespace } = config;
    let connection: Connection;
    try {
      connection = await Connection.connect({
        address,
        connectTimeout: CONNECT_WITHIN,
        ...(apiKey !== undefined && { apiKey }),
        ...(tls !== undefined && { tls }),
        ...(metadata !== undefined && { metadata }),
      });
    } catch (error) {
      const ours = asOurs(causeOf(error), address);
      throw ours instanceof OutlastError ? ours : new ServerUnreachableError(address, error);
    }
    const server = new Server(config, connection);
    try {
      await server.call(() => connection.workflowService.describeNamespace({ namespace }));
    } catch (error) {
      await connection.close();
      throw error;
    }
    return server;
  }

  get namespace(): string {
    return this.config.namespace;
  }

  get service(): Connection['workflowService'] {
    return this.connection.workflowService;
  }

  /**
   * Makes a call. What gRPC calls NOT_FOUND and ALREADY_EXISTS goes through as it is: {@link isNotFound} tells.
   *
   * @throws ServerUnreachableError, ServerError, the signal's reason.
   */
  async call<T>(make: () => Promise<T>, options: CallOptions = {}): Promise<T> {
    const { signal, within = CALL_WITHIN } = options;
    signal?.throwIfAborted();
    // A signal of its own: gRPC never takes its listener off the one that it is given.
    const abort = new AbortController();
    const end = (): void => {
      abort.abort();
    };
    signal?.addEventListener('abort', end);
    try {
      return await this.connection.withDeadline(Date.now() + within, () =>
        this.connection.withAbortSignal(abort.signal, make),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw asOurs(error, this.config.address);
    } finally {
      signal?.removeEventListener('abort', end);
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

/** Whether a call failed because the run that it names doesn't exist. */
export function isNotFound(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  return isGrpcServiceError(error) && (error.code as number) === Status.notFound;
}

function asOurs(error: unknown, address: string): unknown {
  const failure = causeOf(error);
  if (!isGrpcServiceError(failure)) return error;
  const missing = missingNamespace(failure);
  if (missing !== null) return missing;
  const code: number = failure.code;
  if (code === Status.notFound || code === Status.alreadyExists) return error;
  if (NO_ANSWER.includes(code)) return new ServerUnreachableError(address, failure);
  return new ServerError(`The Temporal server at ${address} refused a call: ${failure.details}`, {
    cause: failure,
  });
}

function missingNamespace(failure: Parameters<typeof rethrowKnownErrorTypes>[0]): unknown {
  try {
    rethrowKnownErrorTypes(failure);
    return null;
  } catch (known) {
    if (!(known instanceof NamespaceNotFoundError)) return null;
    return new ServerError(
      `The Temporal server has no namespace '${known.namespace}'. Make it: \`temporal operator namespace create ${known.namespace}\`; or name another in TEMPORAL_NAMESPACE, configure({ namespace }) or connect({ namespace }).`,
      { cause: known },
    );
  }
}

/** Temporal's client wraps some of gRPC's errors. */
function causeOf(error: unknown): unknown {
  const { cause } = error as Partial<ServiceError>;
  return !isGrpcServiceError(error) && isGrpcServiceError(cause) ? cause : error;
}
