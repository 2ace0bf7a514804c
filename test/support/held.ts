import { Step, Workflow, type StepContext } from '../../src/index.js';

/** Runs of it are open until they are let go on. */
export function held(name: string, options: object = {}) {
  const open = new Map<string, { readonly context: StepContext; readonly go: () => void }>();
  const watchers: (() => void)[] = [];
  const workflow = new Workflow({
    name,
    ...options,
    steps: [
      new Step({
        name: 'Held',
        maxRetries: 0,
        executor: async ({ input }, context) => {
          const { sessionState, signal } = context;
          sessionState[String(input)] = true;
          await new Promise<void>((resolve, reject) => {
            open.set(String(input), { context, go: resolve });
            for (const watcher of watchers.splice(0)) watcher();
            signal.addEventListener('abort', () => {
              reject(signal.reason as Error);
            });
          });
          return Object.keys(sessionState).sort();
        },
      }),
    ],
  });
  const begun = async (input: string): Promise<{ readonly go: () => void }> => {
    for (;;) {
      const one = open.get(input);
      if (one !== undefined) return one;
      await new Promise<void>((resolve) => watchers.push(resolve));
    }
  };
  return { workflow, open, begun };
}
