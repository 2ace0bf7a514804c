import type { Model } from '../../plan/model.js';
import { KEY_INVALID, ModelError, NOT_TRUSTED } from './errors.js';

/** What a worker lets models use. */
export interface ModelSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Addresses that are sent a key, beside the providers' own and those of the environment. */
  readonly trustedBaseURLs: readonly string[];
}

/** Where a model is, and the key for it. */
export interface Access {
  readonly baseURL: string;
  /** `null` for none. */
  readonly apiKey: string | null;
  /** The variable that holds the key; `null` where none is wanted. */
  readonly apiKeyEnv: string | null;
}

/** Where the providers are, and the variable by which a worker says that its models are elsewhere: behind a gateway, say. */
const PROVIDERS: Readonly<Record<string, { readonly baseURL: string; readonly env: string }>> = {
  openai: { baseURL: 'https://api.openai.com/v1', env: 'OPENAI_BASE_URL' },
  gemini: {
    baseURL: 'https://generativelanguage.googleapis.com/v1beta/openai',
    env: 'GEMINI_BASE_URL',
  },
};

/**
 * No key is sent to an address that only a definition names.
 *
 * @throws ModelError
 */
export function accessOf(model: Model, { env, trustedBaseURLs }: ModelSettings): Access {
  const { apiKeyEnv } = model;
  const place = placeOf(model, env);
  if (apiKeyEnv === null) return { baseURL: place.baseURL, apiKey: null, apiKeyEnv };
  if (place.byDefinition && !trustedBaseURLs.some((trusted) => isWithin(place.baseURL, trusted))) {
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
  if (apiKey !== '') return { baseURL: place.baseURL, apiKey, apiKeyEnv };
  // Servers of one's own often want none.
  if (place.byEnvironment) return { baseURL: place.baseURL, apiKey: null, apiKeyEnv };
  throw new ModelError(
    `The model '${model.id}' needs a key, and the worker has none: set ${apiKeyEnv} in the worker's environment, or use offline(), which needs none.`,
    KEY_INVALID,
  );
}

interface Place {
  readonly baseURL: string;
  readonly byDefinition: boolean;
  readonly byEnvironment: boolean;
}

function placeOf({ provider, baseURL }: Model, env: ModelSettings['env']): Place {
  if (baseURL !== null) return { baseURL, byDefinition: true, byEnvironment: false };
  const known = PROVIDERS[provider];
  if (known === undefined) {
    throw new ModelError(`The worker knows no model provider '${provider}'.`, NOT_TRUSTED);
  }
  const own = env[known.env]?.trim() ?? '';
  if (own !== '' && !isAddress(own)) {
    throw new ModelError(
      `The worker's ${known.env} must be an address such as '${known.baseURL}', without a password, a query or a fragment.`,
      NOT_TRUSTED,
    );
  }
  return {
    baseURL: (own === '' ? known.baseURL : own).replace(/\/+$/, ''),
    byDefinition: false,
    byEnvironment: own !== '',
  };
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
