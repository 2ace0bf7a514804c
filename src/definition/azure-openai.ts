import type { Model } from '../plan/model.js';
import { PROVIDERS } from '../plan/providers.js';
import { Check } from './check.js';
import { addressOf, model, PRICED_OPTIONS, variableOf, type PricedModelOptions } from './model.js';

/** Which deployment an {@link azureOpenAI} model is, and where. */
export interface AzureOpenAIOptions extends PricedModelOptions {
  /** Your name of the model there. */
  readonly deployment: string;
  /**
   * `'https://acme.openai.azure.com'`. The worker must trust it with a key, unless it is its own `AZURE_OPENAI_ENDPOINT`:
   * see `models` of `createWorker`.
   * @default the worker's `AZURE_OPENAI_ENDPOINT`
   */
  readonly endpoint?: string;
  /** Instead of an endpoint, the name that Azure makes one of: `'acme'` for `https://acme.openai.azure.com`. */
  readonly resource?: string;
  /**
   * The version of Azure's interface: `'2024-10-21'`.
   * @default the interface that has no versions, below `/openai/v1`
   */
  readonly apiVersion?: string;
  /**
   * The environment variable of the worker that holds the key.
   * @default 'AZURE_OPENAI_API_KEY'
   */
  readonly apiKeyEnv?: string;
}

const KNOWN = ['deployment', 'endpoint', 'resource', 'apiVersion', 'apiKeyEnv', ...PRICED_OPTIONS];

/**
 * A model of OpenAI's that Azure serves for you: `azureOpenAI({ resource: 'acme', deployment: 'gpt-5-mini' })`.
 *
 * @throws DefinitionError
 */
export function azureOpenAI(options: AzureOpenAIOptions): Model {
  const check = new Check('azureOpenAI');
  check.known(options, KNOWN);
  const { deployment, endpoint, resource, apiVersion, apiKeyEnv, ...rest } = options;
  if (endpoint !== undefined && resource !== undefined)
    check.fail('resource', 'be left out where an `endpoint` is given', resource);
  const variable = variableOf(check, apiKeyEnv ?? PROVIDERS['azure-openai'].apiKeyEnv);
  return model('azure-openai', check.name('deployment', deployment), rest, {
    baseURL: endpointOf(check, endpoint, resource),
    apiKeyEnv: variable,
    ...(apiVersion !== undefined && { apiVersion: versionOf(check, apiVersion) }),
  });
}

function endpointOf(
  check: Check,
  endpoint: string | undefined,
  resource: string | undefined,
): string | null {
  if (endpoint !== undefined)
    return addressOf(check, 'endpoint', endpoint, 'https://acme.openai.azure.com');
  if (resource === undefined) return null;
  // It becomes a part of a host's name.
  if (typeof resource !== 'string' || !/^[a-z0-9][a-z0-9-]*$/i.test(resource))
    check.fail('resource', 'be letters, digits and `-`', resource);
  return `https://${resource.toLowerCase()}.openai.azure.com`;
}

function versionOf(check: Check, given: unknown): string {
  if (typeof given === 'string' && /^\d{4}-\d\d-\d\d(?:-preview)?$/.test(given)) return given;
  return check.fail('apiVersion', "be a date such as '2024-10-21'", given);
}
