import type { Model, ModelProvider } from '../../plan/model.js';
import { ModelError } from '../../plan/model-error.js';
import { providerOf, type Provider, type ProviderName } from '../../plan/providers.js';
import { KEY_INVALID, NOT_TRUSTED } from './errors.js';

/** What a worker lets models use. */
export interface ModelSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Addresses that are sent a key, beside the providers' own and those of the environment. */
  readonly trustedBaseURLs: readonly string[];
  /** Those of the user's own, by their names. */
  readonly providers: ReadonlyMap<string, ModelProvider>;
}

/** Where a model is, and the key for it. */
export interface Access {
  readonly baseURL: string;
  /** `null` for none. */
  readonly apiKey: string | null;
  /** The variable that holds the key; `null` where none is wanted. */
  readonly apiKeyEnv: string | null;
  /** What stands behind `?` in each address. */
  readonly query: Readonly<Record<string, string>>;
}

/**
 * No key is sent to an address that only a definition names.
 *
 * @throws ModelError
 */
export function accessOf(model: Model, { env, trustedBaseURLs }: ModelSettings): Access {
  const { apiKeyEnv } = model;
  const place = placeOf(model, env);
  const access = { ...addressOf(model, place.baseURL), apiKeyEnv };
  if (apiKeyEnv === null) return { ...access, apiKey: null };
  const trusted = place.own === null ? trustedBaseURLs : [...trustedBaseURLs, place.own];
  if (place.byDefinition && !trusted.some((other) => isWithin(place.baseURL, other))) {
    throw new ModelError(
      `The worker doesn't trust ${place.baseURL} with the key in ${apiKeyEnv}. If it is to, say so: createWorker({ models: { trustedBaseURLs: ['${place.baseURL}'] } }).`,
      NOT_TRUSTED,
    );
  }
  const apiKey = env[apiKeyEnv]?.trim() ?? '';
  // It could not be sent, and the error that says so would quote it.
  if (/[^\x21-\x7e]/.test(apiKey)) {
    throw new ModelError(
      `The key in the worker's ${apiKeyEnv} has characters that no header can carry: spaces, line breaks, or what isn't ASCII.`,
      KEY_INVALID,
    );
  }
  if (apiKey !== '') return { ...access, apiKey };
  if (place.mayLackKey) return { ...access, apiKey: null };
  throw new ModelError(
    `The model '${model.id}' needs a key, and the worker has none: set ${apiKeyEnv} in the worker's environment, or use offline(), which needs none.`,
    KEY_INVALID,
  );
}

interface Place {
  readonly baseURL: string;
  readonly byDefinition: boolean;
  /** The address in the environment of the model's provider; `null` for none. */
  readonly own: string | null;
  /** Servers of one's own often want none. */
  readonly mayLackKey: boolean;
}

function placeOf({ provider, id, baseURL }: Model, env: ModelSettings['env']): Place {
  const known = providerOf(provider);
  const own = known === undefined ? null : ownAddress(known, env);
  if (baseURL !== null) return { baseURL, byDefinition: true, own, mayLackKey: false };
  if (known === undefined) {
    throw new ModelError(
      `The worker knows no model provider '${provider}'. If it is one of yours, give it: createWorker({ models: { providers: { … } } }).`,
      NOT_TRUSTED,
    );
  }
  const place = own ?? known.baseURL;
  if (place === null) {
    throw new ModelError(
      `The model '${id}' needs an address, and the worker has none: set ${known.baseURLEnv} in the worker's environment, or give it in the definition.`,
      NOT_TRUSTED,
    );
  }
  const isElsewhere = known.baseURL !== null && own !== null;
  return { baseURL: place, byDefinition: false, own, mayLackKey: isElsewhere };
}

/** Where the environment says that a provider is. */
function ownAddress(known: Provider, env: ModelSettings['env']): string | null {
  const own = env[known.baseURLEnv]?.trim() ?? '';
  if (own === '') return null;
  if (!isAddress(own)) {
    throw new ModelError(
      `The worker's ${known.baseURLEnv} must be an address such as '${known.baseURL ?? 'https://acme.openai.azure.com'}', without a password, a query or a fragment.`,
      NOT_TRUSTED,
    );
  }
  const address = own.replace(/\/+$/, '');
  return address.endsWith(known.path) ? address : `${address}${known.path}`;
}

/** Azure has the interface below its endpoint, and with versions below the deployment. */
function addressOf(
  { provider, id, apiVersion }: Model,
  baseURL: string,
): Pick<Access, 'baseURL' | 'query'> {
  if (provider !== ('azure-openai' satisfies ProviderName)) return { baseURL, query: {} };
  // The portal shows it with its path.
  const endpoint = baseURL.replace(/\/openai(?:\/v1)?$/, '');
  if (apiVersion === undefined) return { baseURL: `${endpoint}/openai/v1`, query: {} };
  const deployment = `${endpoint}/openai/deployments/${encodeURIComponent(id)}`;
  return { baseURL: deployment, query: { 'api-version': apiVersion } };
}

/** It stands in errors, and a path is put after it. */
function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && !/[?#]/.test(text);
}

/** The same host and port, and a path at or below the trusted one's. */
function isWithin(baseURL: string, trusted: string): boolean {
  if (!URL.canParse(trusted)) return false;
  const [one, other] = [new URL(baseURL), new URL(trusted)];
  const path = other.pathname.replace(/\/*$/, '/');
  return one.origin === other.origin && `${one.pathname.replace(/\/*$/, '')}/`.startsWith(path);
}
