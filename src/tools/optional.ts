import { NonRetryableError } from '../plan/errors.js';

/**
 * Loads a package that only one tool needs, and that is installed by whoever uses the tool.
 *
 * @throws NonRetryableError where it isn't installed.
 */
export async function optional<T>(
  { name, tool }: { name: string; tool: string },
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    // A package that is there, and lacks another one, is another fault.
    if (!(error instanceof Error) || !error.message.startsWith(`Cannot find package '${name}'`))
      throw error;
    throw new NonRetryableError(
      `${tool} needs the package ${name}, which the worker doesn't have: npm install ${name}`,
    );
  }
}
