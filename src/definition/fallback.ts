import type { Model } from '../plan/model.js';
import { Check } from './check.js';
import { isModel } from './model.js';

/**
 * Several models as one: `fallback(openai('gpt-5-mini'), anthropic('claude-sonnet-4-5'))`. Each turn asks the first. The
 * next is asked where the one before is out of reach, fails by itself (5xx), is asked too often or isn't paid any more; not where it refuses the
 * request or the key, which nobody would notice otherwise. Options of the agent are laid over those of each.
 *
 * @throws DefinitionError
 */
export function fallback(first: Model, second: Model, ...more: readonly Model[]): Model {
  const check = new Check('fallback');
  const given: readonly unknown[] = [first, second, ...more];
  const models = given.flatMap((model, index) =>
    isModel(model)
      ? (model.models ?? [model])
      : check.fail(`models[${String(index)}]`, "be a model, such as openai('gpt-5-mini')", model),
  );
  return Object.freeze({
    provider: 'fallback',
    id: models.map(({ id }) => id).join(', '),
    ...{ baseURL: null, apiKeyEnv: null, options: {} },
    models: Object.freeze(models),
  });
}
