import type { Model } from '../plan/model.js';
import { isOurs } from '../plan/providers.js';
import { Check } from './check.js';
import { model, PRICED_OPTIONS, type PricedModelOptions } from './model.js';

/** Which model of which provider of yours a {@link customModel} is. */
export interface CustomModelOptions extends PricedModelOptions {
  /** Its name among `models.providers` of `createWorker`. */
  readonly provider: string;
  /** The provider's name of the model. */
  readonly id: string;
}

/**
 * A model of a provider of yours, which the worker has by its name: `createWorker({ models: { providers: { acme } } })`.
 *
 * @throws DefinitionError
 */
export function customModel(options: CustomModelOptions): Model {
  const check = new Check('customModel');
  check.known(options, ['provider', 'id', ...PRICED_OPTIONS]);
  const { provider, id, ...rest } = options;
  const name = check.name('provider', provider);
  if (isOurs(name)) check.fail('provider', 'be none of those that have a function', name);
  return model(name, id, rest, {});
}
