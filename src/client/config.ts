import type { ConnectionOptions } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { loadClientConnectConfig, type LoadClientProfileOptions } from '@temporalio/envconfig';
import { OutlastError } from '../plan/errors.js';
import { Options } from './options.js';

/** Where the Temporal server is. What is left out comes from `TEMPORAL_*` and `temporal.toml`, as for the `temporal` CLI. */
export interface ConnectionConfig {
  /** @default TEMPORAL_ADDRESS, else 'localhost:7233' */
  readonly address?: string;
  /** @default TEMPORAL_NAMESPACE, else 'default' */
  readonly namespace?: string;
  /** With one TLS is on; `''` for none. @default TEMPORAL_API_KEY */
  readonly apiKey?: string;
  /** @default TEMPORAL_TLS and what belongs to it */
  readonly tls?: ConnectionOptions['tls'];
  /** The profile of `temporal.toml`. @default TEMPORAL_PROFILE, else 'default' */
  readonly profile?: string;
  /** The Temporal Web UI, for the addresses of runs. @default TEMPORAL_UI_URL, else none */
  readonly uiUrl?: string;
  /** The queue of workflows that name none. @default 'outlast' */
  readonly taskQueue?: string;
  /** Encryption, compression, external storage: the same for clients and workers. @default JSON as it is */
  readonly dataConverter?: DataConverter;
}

/** A configuration with nothing left open. */
export interface ResolvedConfig {
  readonly address: string;
  readonly namespace: string;
  readonly apiKey: string | undefined;
  readonly tls: ConnectionOptions['tls'];
  readonly metadata: Record<string, string> | undefined;
  readonly uiUrl: string | null;
  readonly taskQueue: string | undefined;
  readonly dataConverter: DataConverter | undefined;
}

/** `temporal.toml` or a TEMPORAL_ variable can't be used. */
export class ConfigError extends OutlastError {
  readonly code = 'CONFIG_INVALID';
}

const KNOWN: readonly string[] = [
  ...['address', 'namespace', 'apiKey', 'tls', 'profile', 'uiUrl', 'taskQueue', 'dataConverter'],
];

/** @throws ConfigError; OptionError for an option that there isn't */
export function resolveConfig(
  config: ConnectionConfig,
  env: NodeJS.ProcessEnv = process.env,
): ResolvedConfig {
  new Options('The connection').known(config, KNOWN);
  const { connectionOptions: found, namespace } = load(config.profile, env);
  const given = config.apiKey ?? (typeof found.apiKey === 'string' ? found.apiKey : '');
  const apiKey = given === '' ? undefined : given;
  return {
    address: config.address ?? found.address ?? 'localhost:7233',
    namespace: config.namespace ?? namespace ?? 'default',
    apiKey,
    tls: config.tls ?? found.tls ?? (apiKey === undefined ? undefined : true),
    metadata: found.metadata as Record<string, string> | undefined,
    uiUrl: uiUrlOf(config.uiUrl ?? env['TEMPORAL_UI_URL']),
    taskQueue: config.taskQueue,
    dataConverter: config.dataConverter,
  };
}

/** The structural part of envconfig's answer: its own type is the worker's, which a client doesn't load. */
interface Loaded {
  readonly namespace?: string;
  readonly connectionOptions: Pick<ConnectionOptions, 'address' | 'apiKey' | 'tls' | 'metadata'>;
}

function load(profile: string | undefined, env: NodeJS.ProcessEnv): Loaded {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const options: LoadClientProfileOptions = {
    overrideEnvVars,
    ...(profile !== undefined && { profile }),
  };
  try {
    return loadClientConnectConfig(options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `The Temporal configuration (TEMPORAL_* variables, temporal.toml) can't be used: ${reason}`,
      {
        cause: error,
      },
    );
  }
}

function uiUrlOf(value: string | undefined): string | null {
  if (value === undefined || value === '') return null;
  if (!URL.canParse(value) || !/^https?:/.test(value)) {
    throw new ConfigError(
      `TEMPORAL_UI_URL or \`uiUrl\` must be the http address of the Temporal Web UI, got '${value}'.`,
    );
  }
  return value.replace(/\/+$/, '');
}
