import type { ModelAnswer, ModelRequest } from '../../plan/model.js';
import { accessOf, type ModelSettings } from './access.js';
import { askOpenAI } from './openai.js';

/** The models that a worker can ask. */
export class Models {
  constructor(readonly settings: ModelSettings) {}

  /** @throws ModelError */
  async answer(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
    if (request.model.provider === 'offline') {
      // Loaded when it is asked: a worker's first run is not to wait for it.
      const { answerOffline } = await import('./offline.js');
      return answerOffline(request);
    }
    return askOpenAI(request, accessOf(request.model, this.settings), signal);
  }
}
