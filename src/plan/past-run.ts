/** A completed run that came earlier in a session, as text: its input and what it came to. Recorded in histories. */
export type PastRun = readonly [input: string, output: string];

/** The last so many, oldest first; all where `last` is left out. */
export function lastRuns(runs: readonly PastRun[], last?: number): readonly PastRun[] {
  if (last === undefined) return runs;
  return last <= 0 ? [] : runs.slice(-last);
}

/** Earlier runs as a model reads them, up to where its prompt begins; nothing where there are none. */
export function historyContext(runs: readonly PastRun[]): string {
  if (runs.length === 0) return '';
  const told = runs.flatMap(([input, output], index) => [
    `[Workflow Run-${String(index + 1)}]`,
    ...(input === '' ? [] : [`User input: ${input}`]),
    ...(output === '' ? [] : [`Workflow output: ${output}`]),
    '',
  ]);
  return ['<workflow_history_context>', ...told, '</workflow_history_context>', ''].join('\n');
}
