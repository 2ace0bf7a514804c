/**
 * Does `work` for each index below `count`, at most `atOnce` at the same time, in order: a waiting one begins when one
 * has ended. `work` says whether to go on.
 */
export async function inLanes(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<boolean>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) if (!(await work(next++))) return;
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
}
