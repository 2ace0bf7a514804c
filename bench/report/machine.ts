import type { Client } from '@temporalio/client';
import { availableParallelism, cpus, loadavg, platform, arch } from 'node:os';
import { createRequire } from 'node:module';

/** Where the figures come from. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly cpus: number;
  readonly cpuModel: string;
  /** Of the last minute, before the bench began: above 0 others were at work as well. */
  readonly loadBefore: number;
  readonly server: string;
  readonly sdk: string;
}

/** To be called before the measurements. */
export async function machineFacts(temporal: Client): Promise<Machine> {
  const { serverVersion } = await temporal.workflowService.getSystemInfo({});
  const sdk = createRequire(import.meta.url)('@temporalio/worker/package.json') as {
    readonly version: string;
  };
  return {
    node: process.version,
    platform: `${platform()} ${arch()}`,
    cpus: availableParallelism(),
    cpuModel: cpus()[0]?.model ?? 'unknown',
    loadBefore: loadavg()[0] ?? 0,
    server: serverVersion,
    sdk: sdk.version,
  };
}

export function machineLine({ loadBefore, server, sdk, ...machine }: Machine): string {
  return `Node ${machine.node}, ${machine.platform}, ${machine.cpus} × ${machine.cpuModel}, load before ${loadBefore.toFixed(1)}; Temporal server ${server}, SDK ${sdk}`;
}
