import { OptionError } from '../plan/errors.js';
import type { ConnectionConfig } from './config.js';
import { connect, type Outlast } from './outlast.js';

let config: ConnectionConfig = {};
let connecting: Promise<Outlast> | null = null;

/**
 * Says where the Temporal server of this process is, for the methods of workflows. What is left out comes from
 * `TEMPORAL_*` and `temporal.toml`. Nothing is connected before the first use.
 */
export function configure(given: ConnectionConfig): void {
  if (typeof given !== 'object' || (given as unknown) === null) {
    throw new OptionError({ at: 'configure', must: 'be given an object of options', got: given });
  }
  const old = connecting;
  config = { ...given };
  connecting = null;
  // Whoever uses the old one has it at hand; an idle connection holds nothing up.
  void old?.then(
    (client) => client.close(),
    () => undefined,
  );
}

/** What `configure` was last given. */
export function configured(): ConnectionConfig {
  return config;
}

/** The client of this process. A connection that failed is tried anew by the next caller. */
export function defaultClient(): Promise<Outlast> {
  if (connecting !== null) return connecting;
  const attempt = connect(config);
  connecting = attempt;
  attempt.catch(() => {
    if (connecting === attempt) connecting = null;
  });
  return attempt;
}
