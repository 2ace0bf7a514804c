/** What somebody would write by hand, with Temporal's SDK alone. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type * as functions from '../functions.mjs';

const { trim, upper, exclaim } = proxyActivities<typeof functions>({
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 4 },
});

export async function three(input: string): Promise<string> {
  return exclaim(await upper(await trim(input)));
}

export async function thirty(input: string): Promise<string> {
  let text = input;
  for (let pass = 0; pass < 10; pass++) text = await three(text);
  return text;
}

const local = proxyLocalActivities<{ plan(input: unknown): Promise<unknown> }>({
  startToCloseTimeout: '2 seconds',
  retry: { maximumAttempts: 1 },
});

/** These ask for a plan first, and have no use for it: what that costs is measured. */
export async function threeWithPlan(input: string): Promise<string> {
  await local.plan({ input });
  return three(input);
}

export async function thirtyWithPlan(input: string): Promise<string> {
  await local.plan({ input });
  return thirty(input);
}
