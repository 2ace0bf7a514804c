import { describe, expect, test } from 'vitest';
import {
  accessOf,
  type Access,
  type ModelSettings,
} from '../../../src/activities/models/access.js';
import { ModelError } from '../../../src/plan/model-error.js';
import { azureOpenAI } from '../../../src/definition/azure-openai.js';
import {
  anthropic,
  gemini,
  groq,
  mistral,
  offline,
  ollama,
  openai,
  openaiCompatible,
  openRouter,
} from '../../../src/definition/model.js';
import type { Model } from '../../../src/plan/model.js';

const KEY = 'sk-very-secret';

function access(model: Model, env: ModelSettings['env'], trusted: readonly string[] = []): Access {
  return accessOf(model, { env, trustedBaseURLs: trusted, providers: new Map() });
}

function refusal(model: Model, env: ModelSettings['env'], trusted?: readonly string[]): ModelError {
  try {
    access(model, env, trusted);
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a provider', () => {
  test.each([
    [openai('m'), 'OPENAI_API_KEY', 'https://api.openai.com/v1'],
    [gemini('m'), 'GEMINI_API_KEY', 'https://generativelanguage.googleapis.com/v1beta/openai'],
    [anthropic('m'), 'ANTHROPIC_API_KEY', 'https://api.anthropic.com/v1'],
    [groq('m'), 'GROQ_API_KEY', 'https://api.groq.com/openai/v1'],
    [mistral('m'), 'MISTRAL_API_KEY', 'https://api.mistral.ai/v1'],
    [openRouter('m'), 'OPENROUTER_API_KEY', 'https://openrouter.ai/api/v1'],
  ])('is at its own address, with the key of its own variable: %o', (model, variable, baseURL) => {
    expect(access(model, { [variable]: ` ${KEY}\n` })).toEqual({
      ...{ baseURL, apiKey: KEY, apiKeyEnv: variable, query: {} },
    });
  });

  test.each([
    [openai('m'), 'OPENAI'],
    [gemini('m'), 'GEMINI'],
    [anthropic('m'), 'ANTHROPIC'],
    [groq('m'), 'GROQ'],
    [mistral('m'), 'MISTRAL'],
    [openRouter('m'), 'OPENROUTER'],
  ])('is where the environment says, and is sent its key there: %o', (model, prefix) => {
    const env = { [`${prefix}_API_KEY`]: KEY, [`${prefix}_BASE_URL`]: 'http://gateway.test/v1//' };
    expect(access(model, env)).toMatchObject({ baseURL: 'http://gateway.test/v1', apiKey: KEY });
  });

  test.each([
    ['http://gateway.test', 'http://gateway.test/v1'],
    ['http://gateway.test/', 'http://gateway.test/v1'],
    ['http://gateway.test/claude', 'http://gateway.test/claude/v1'],
    ['http://gateway.test/v1/', 'http://gateway.test/v1'],
  ])("is where Anthropic's own clients take it to be: %s", (own, baseURL) => {
    const env = { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: own };
    expect(access(anthropic('m'), env).baseURL).toBe(baseURL);
  });

  test("that wants no key is on the worker's machine, or where the environment says", () => {
    expect(access(ollama('m'), { OPENAI_API_KEY: KEY })).toEqual({
      ...{ baseURL: 'http://127.0.0.1:11434/v1', apiKey: null, apiKeyEnv: null, query: {} },
    });
    const env = { OLLAMA_BASE_URL: 'http://gpu.test:11434/v1/' };
    expect(access(ollama('m'), env).baseURL).toBe('http://gpu.test:11434/v1');
  });

  test('is at its own address where the variable is blank', () => {
    const env = { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: ' ' };
    expect(access(openai('m'), env).baseURL).toBe('https://api.openai.com/v1');
  });

  test('needs no key where the environment says that it is elsewhere', () => {
    const env = { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' };
    expect(access(openai('m'), env).apiKey).toBeNull();
  });

  test.each([{}, { OPENAI_API_KEY: '' }, { OPENAI_API_KEY: '  ' }, { GEMINI_API_KEY: KEY }])(
    'without a key is refused, by the name of the variable: %o',
    (env) => {
      const error = refusal(openai('gpt-x'), env);
      expect(error).toMatchObject({ code: 'MODEL_KEY_INVALID', retry: false });
      expect(error.message).toMatch(/'gpt-x' needs a key.*set OPENAI_API_KEY/);
    },
  );

  test.each([
    'https://user:hunter2@gateway.test/v1',
    'https://hunter2@gateway.test/v1',
    'https://gateway.test/v1?key=hunter2',
    'https://gateway.test/v1#hunter2',
    'gateway.test/hunter2',
    'file:///hunter2',
  ])('of an address that errors would give away, or that is none, is refused: %s', (url) => {
    const error = refusal(openai('m'), { OPENAI_API_KEY: KEY, OPENAI_BASE_URL: url });
    expect(error).toMatchObject({ code: 'MODEL_NOT_TRUSTED', retry: false });
    expect(error.message).toMatch(/OPENAI_BASE_URL must be an address/);
    expect(error.message).not.toContain('hunter2');
  });

  test('that this worker does not know is refused', () => {
    const newer: Model = { ...offline(), provider: 'newer' };
    expect(refusal({ ...newer, apiKeyEnv: 'NEWER_API_KEY' }, {}).message).toContain("'newer'");
  });
});

test.each(['first\nsecond', 'sk–dash', 'two words', 'schlüssel'])(
  'a key that no header carries is refused, and not quoted: %s',
  (key) => {
    const error = refusal(openai('m'), { OPENAI_API_KEY: key });
    expect(error).toMatchObject({ code: 'MODEL_KEY_INVALID', retry: false });
    expect(error.message).toContain('OPENAI_API_KEY');
    expect(error.message).not.toContain(key);
  },
);

describe('an address of a definition', () => {
  const at = (baseURL: string): Model =>
    openaiCompatible({ baseURL, id: 'm', apiKeyEnv: 'LLM_KEY' });
  const env = { LLM_KEY: KEY };

  test.each([
    ['https://host.test/v1', 'https://host.test/v1'],
    ['https://host.test/v1', 'https://host.test/v1/'],
    ['https://host.test/v1/', 'https://host.test/v1'],
    ['https://host.test/v1/team', 'https://host.test/v1'],
    ['https://host.test/v1', 'https://host.test'],
    ['https://host.test:443/v1', 'https://host.test/v1'],
    ['HTTPS://HOST.test/v1', 'https://host.TEST/v1'],
    ['https://host.test/other/../v1', 'https://host.test/v1'],
  ])('%s is sent the key where %s is trusted', (baseURL, trusted) => {
    expect(access(at(baseURL), env, ['https://other.test', trusted]).apiKey).toBe(KEY);
  });

  test.each([
    ['https://evil.test/v1', 'https://host.test/v1'],
    ['https://host.test.evil.test/v1', 'https://host.test/v1'],
    ['https://host.test:8443/v1', 'https://host.test/v1'],
    ['http://host.test/v1', 'https://host.test/v1'],
    ['https://host.test/v1evil', 'https://host.test/v1'],
    ['https://host.test/V1', 'https://host.test/v1'],
    ['https://host.test', 'https://host.test/v1'],
    ['https://host.test/v1/../evil', 'https://host.test/v1'],
    ['https://host.test/v1/%2e%2e/evil', 'https://host.test/v1'],
    ['https://host.test/v1\\..\\evil', 'https://host.test/v1'],
    ['https://evil.test/https://host.test/v1', 'https://host.test/v1'],
    ['https://host.test/v1', 'not an address'],
    ['https://host.test/v1', ''],
  ])('%s is not where %s is trusted', (baseURL, trusted) => {
    const error = refusal(at(baseURL), env, [trusted]);
    expect(error).toMatchObject({ code: 'MODEL_NOT_TRUSTED', retry: false });
    expect(error.message).toMatch(/with the key in LLM_KEY.*trustedBaseURLs/);
    expect(error.message).not.toContain(KEY);
  });

  test('is not trusted for being that of the environment', () => {
    const elsewhere = { ...env, OPENAI_BASE_URL: 'https://host.test/v1' };
    expect(refusal(at('https://host.test/v1'), elsewhere).code).toBe('MODEL_NOT_TRUSTED');
  });

  test('that is trusted needs its key all the same', () => {
    const trusted = ['https://host.test/v1'];
    expect(refusal(at('https://host.test/v1'), {}, trusted).message).toContain('set LLM_KEY');
  });

  test('without a variable is sent no key, and needs no trust', () => {
    const model = openaiCompatible({ baseURL: 'http://127.0.0.1:11434/v1/', id: 'm' });
    expect(access(model, { OPENAI_API_KEY: KEY })).toEqual({
      ...{ baseURL: 'http://127.0.0.1:11434/v1', apiKey: null, apiKeyEnv: null, query: {} },
    });
  });
});

describe('a deployment of Azure', () => {
  const own = 'https://acme.openai.azure.com';
  const env = { AZURE_OPENAI_API_KEY: KEY, AZURE_OPENAI_ENDPOINT: own };

  test.each([own, `${own}/`, `${own}/openai`, `${own}/openai/v1/`])(
    'is below the endpoint of the environment: %s',
    (endpoint) => {
      expect(
        access(azureOpenAI({ deployment: 'd' }), { ...env, AZURE_OPENAI_ENDPOINT: endpoint }),
      ).toEqual({
        ...{
          baseURL: `${own}/openai/v1`,
          apiKey: KEY,
          apiKeyEnv: 'AZURE_OPENAI_API_KEY',
          query: {},
        },
      });
    },
  );

  test('has an address of its own where the interface has a version', () => {
    const model = azureOpenAI({ deployment: 'my d', apiVersion: '2024-10-21' });
    expect(access(model, env)).toMatchObject({
      baseURL: `${own}/openai/deployments/my%20d`,
      query: { 'api-version': '2024-10-21' },
    });
  });

  test.each([{ endpoint: `${own}/` }, { resource: 'ACME' }])(
    'is sent its key at an endpoint of the definition that is the own one, or trusted: %o',
    (place) => {
      const model = azureOpenAI({ deployment: 'd', ...place });
      expect(access(model, env).apiKey).toBe(KEY);
      const elsewhere = { AZURE_OPENAI_API_KEY: KEY };
      expect(access(model, elsewhere, [own])).toMatchObject({ apiKey: KEY });
      expect(refusal(model, elsewhere).message).toContain(`trustedBaseURLs: ['${own}']`);
      const other = { ...elsewhere, AZURE_OPENAI_ENDPOINT: 'https://acme2.openai.azure.com' };
      expect(refusal(model, other).code).toBe('MODEL_NOT_TRUSTED');
    },
  );

  test('needs an endpoint, and a key', () => {
    const model = azureOpenAI({ deployment: 'd' });
    expect(refusal(model, { AZURE_OPENAI_API_KEY: KEY }).message).toMatch(
      /'d' needs an address.*set AZURE_OPENAI_ENDPOINT/,
    );
    expect(refusal(model, { AZURE_OPENAI_ENDPOINT: own }).message).toContain(
      'set AZURE_OPENAI_API_KEY',
    );
  });
});
