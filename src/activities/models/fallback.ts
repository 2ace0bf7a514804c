import type { Model } from '../../plan/model.js';
import { ModelError, type ModelErrorCode } from '../../plan/model-error.js';

/** Failures that are the provider's own affair: another one may answer. All others are to be seen and mended. */
const ANOTHER_MAY_ANSWER: ReadonlySet<ModelErrorCode> = new Set<ModelErrorCode>([
  'MODEL_UNAVAILABLE',
  'MODEL_RATE_LIMITED',
  'MODEL_QUOTA_EXHAUSTED',
]);

/**
 * The answer of the first model that gives one, each asked once. Where none does, the failure is the last one's, and a
 * further attempt is worth it where it is for any of them: after the shortest wait that one of those asks for.
 *
 * @throws ModelError
 */
export async function firstAnswer<T>(
  models: readonly Model[],
  ask: (model: Model) => Promise<T>,
): Promise<{ readonly answer: T; readonly model: Model }> {
  const failures: ModelError[] = [];
  for (const model of models) {
    try {
      return { answer: await ask(model), model };
    } catch (error) {
      if (!ModelError.is(error)) throw error;
      failures.push(error);
      if (!ANOTHER_MAY_ANSWER.has(error.code)) break;
    }
  }
  throw joined(failures);
}

function joined(failures: readonly ModelError[]): ModelError {
  const last = failures.at(-1);
  if (last === undefined) throw new Error('there is no model to ask');
  if (failures.length === 1) return last;
  const again = failures.filter(({ retry }) => retry);
  const wait = Math.min(...again.map(({ retryAfter }) => retryAfter ?? 0));
  return new ModelError(
    `none of ${String(failures.length)} models answers: ${failures.map(({ message }) => message).join('; ')}`,
    { code: last.code, retry: again.length > 0, retryAfter: wait > 0 ? wait : null },
  );
}
