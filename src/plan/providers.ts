/** A provider that speaks OpenAI's protocol: where it is, by which variables a worker knows it, and what it calls things. */
export interface Provider {
  /** Its own address; `null` where each customer has another. */
  readonly baseURL: string | null;
  /** The variable by which a worker says that it is elsewhere: behind a gateway, say. */
  readonly baseURLEnv: string;
  /** What an address in that variable may leave out, as the provider's own clients do. */
  readonly path: string;
  /** The variable of its key; `null` where it wants none. */
  readonly apiKeyEnv: string | null;
  readonly keyHeader: 'Authorization' | 'api-key';
  /** Its field for the longest answer. OpenAI's newer models refuse the old name, other servers don't know the new one. */
  readonly maxTokens: 'max_tokens' | 'max_completion_tokens';
  /** Its field for the seed. */
  readonly seed: 'seed' | 'random_seed';
  /** It takes no other ids of tool calls than those of nine letters and digits. */
  readonly shortIds: boolean;
  /** Whether it heeds `response_format`. One that doesn't is told of the schema in words. */
  readonly takesSchemas: boolean;
  /** Whether it is asked for the usage of a streamed answer (`stream_options`). One that isn't refuses the field, and tells it anyway. */
  readonly streamOptions: boolean;
}

/** As most servers have it, also those that are nobody's we know. */
export const PLAIN: Pick<
  Provider,
  'path' | 'keyHeader' | 'maxTokens' | 'seed' | 'shortIds' | 'takesSchemas' | 'streamOptions'
> = {
  ...{ path: '', keyHeader: 'Authorization', maxTokens: 'max_tokens', seed: 'seed' },
  ...{ shortIds: false, takesSchemas: true, streamOptions: true },
};

/** Names of the providers that have a constructor. */
export type ProviderName =
  'openai' | 'gemini' | 'anthropic' | 'ollama' | 'groq' | 'mistral' | 'openrouter' | 'azure-openai';

/** Definitions name their variables, workers read them. */
export const PROVIDERS: Readonly<Record<ProviderName, Provider>> = {
  openai: {
    ...PLAIN,
    baseURL: 'https://api.openai.com/v1',
    ...{ baseURLEnv: 'OPENAI_BASE_URL', apiKeyEnv: 'OPENAI_API_KEY' },
    maxTokens: 'max_completion_tokens',
  },
  gemini: {
    ...PLAIN,
    baseURL: 'https://generativelanguage.googleapis.com/v1beta/openai',
    ...{ baseURLEnv: 'GEMINI_BASE_URL', apiKeyEnv: 'GEMINI_API_KEY' },
  },
  anthropic: {
    ...PLAIN,
    baseURL: 'https://api.anthropic.com/v1',
    ...{ baseURLEnv: 'ANTHROPIC_BASE_URL', apiKeyEnv: 'ANTHROPIC_API_KEY' },
    ...{ path: '/v1', takesSchemas: false },
  },
  ollama: {
    ...PLAIN,
    baseURL: 'http://127.0.0.1:11434/v1',
    ...{ baseURLEnv: 'OLLAMA_BASE_URL', apiKeyEnv: null },
  },
  groq: {
    ...PLAIN,
    baseURL: 'https://api.groq.com/openai/v1',
    ...{ baseURLEnv: 'GROQ_BASE_URL', apiKeyEnv: 'GROQ_API_KEY' },
    maxTokens: 'max_completion_tokens',
  },
  mistral: {
    ...PLAIN,
    baseURL: 'https://api.mistral.ai/v1',
    ...{ baseURLEnv: 'MISTRAL_BASE_URL', apiKeyEnv: 'MISTRAL_API_KEY' },
    ...{ seed: 'random_seed', shortIds: true, streamOptions: false },
  },
  openrouter: {
    ...PLAIN,
    baseURL: 'https://openrouter.ai/api/v1',
    ...{ baseURLEnv: 'OPENROUTER_BASE_URL', apiKeyEnv: 'OPENROUTER_API_KEY' },
  },
  'azure-openai': {
    ...PLAIN,
    baseURL: null,
    ...{ baseURLEnv: 'AZURE_OPENAI_ENDPOINT', apiKeyEnv: 'AZURE_OPENAI_API_KEY' },
    ...{ keyHeader: 'api-key', maxTokens: 'max_completion_tokens' },
  },
};

/** `undefined` for those that have no entry, such as `'openai-compatible'`. */
export function providerOf(name: string): Provider | undefined {
  return Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name as ProviderName] : undefined;
}

/** Names that no provider of a user's has. */
export function isOurs(name: string): boolean {
  return providerOf(name) !== undefined || OTHERS.includes(name);
}

const OTHERS = ['openai-compatible', 'offline', 'fallback'];
