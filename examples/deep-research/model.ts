import { gemini, offline, openai, type Model } from 'outlast';

type Environment = Readonly<Record<string, string | undefined>>;

/** The model that the environment has a key or an address for; without any, the one that needs none. */
export function modelOf(env: Environment): Model {
  const id = env['MODEL'];
  if (env['OPENAI_API_KEY'] || env['OPENAI_BASE_URL']) return openai(id ?? 'gpt-5-mini');
  if (env['GEMINI_API_KEY']) return gemini(id ?? 'gemini-2.5-flash');
  return offline();
}
