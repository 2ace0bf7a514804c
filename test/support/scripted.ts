import { onTestFinished } from 'vitest';
import {
  scriptedModel,
  type ScriptedHandler,
  type ScriptedModel,
  type ScriptedTurn,
} from '../../src/testing/index.js';

/** A model server that plays a script, and ends with the test. */
export async function scripted(
  script: readonly ScriptedTurn[] | ScriptedHandler,
): Promise<ScriptedModel> {
  const model = await scriptedModel(script);
  onTestFinished(() => model.close());
  return model;
}
