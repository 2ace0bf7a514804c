import type {
  Model,
  ModelAnswer,
  ModelDelta,
  ModelPrice,
  ModelProvider,
  ModelRequest,
} from '../../plan/model.js';
import { accessOf, type ModelSettings } from './access.js';
import { firstAnswer } from './fallback.js';
import { askOpenAI } from './openai.js';
import { askOwn } from './own-provider.js';

/** An answer, and who gave it. */
export interface Answered extends ModelAnswer {
  /** Which of several models, as `PROVIDER/ID`; `null` where there is only one. */
  readonly model: string | null;
  /** `null` where it isn't known. */
  readonly price: ModelPrice | null;
}

/** The models that a worker can ask. */
export class Models implements ModelProvider {
  constructor(readonly settings: ModelSettings) {}

  /**
   * @param begun Of a fallback: told of each model that is asked. What was told of the one before is void.
   * @throws ModelError
   */
  async answer(
    request: ModelRequest,
    signal: AbortSignal,
    tell?: (delta: ModelDelta) => void,
    begun?: (model: string) => void,
  ): Promise<Answered> {
    const { models, options, price = null } = request.model;
    if (models === undefined)
      return { ...(await this.#ask(request, signal, tell)), model: null, price };
    const { answer, model } = await firstAnswer(models, (model) => {
      begun?.(nameOf(model));
      return this.#ask({ ...request, model: overlaid(model, options) }, signal, tell);
    });
    return { ...answer, model: nameOf(model), price: model.price ?? null };
  }

  async #ask(
    request: ModelRequest,
    signal: AbortSignal,
    tell: ((delta: ModelDelta) => void) | undefined,
  ): Promise<ModelAnswer> {
    signal.throwIfAborted();
    const own = this.settings.providers.get(request.model.provider);
    if (own !== undefined) return askOwn(own, request, signal, tell);
    if (request.model.provider === 'offline') {
      // Loaded when it is asked: a worker's first run is not to wait for it.
      const { answerOffline } = await import('./offline.js');
      return answerOffline(request);
    }
    return askOpenAI(request, accessOf(request.model, this.settings), signal, tell);
  }
}

function nameOf({ provider, id }: Model): string {
  return `${provider}/${id}`;
}

function overlaid(model: Model, options: Model['options']): Model {
  return { ...model, options: { ...model.options, ...options } };
}
