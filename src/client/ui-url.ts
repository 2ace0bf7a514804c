import type { ResolvedConfig } from './config.js';

/** A run's address in the Temporal Web UI; `null` where it isn't known where that is. */
export function uiUrlOf(
  { uiUrl, namespace }: Pick<ResolvedConfig, 'uiUrl' | 'namespace'>,
  runId: string,
  temporalRunId: string,
): string | null {
  if (uiUrl === null) return null;
  const [inNamespace, id] = [namespace, runId].map(encodeURIComponent);
  return `${uiUrl}/namespaces/${String(inNamespace)}/workflows/${String(id)}/${temporalRunId}/history`;
}
