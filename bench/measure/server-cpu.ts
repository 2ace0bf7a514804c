import { readFile } from 'node:fs/promises';

/** Linux counts it in hundredths of a second, whatever the kernel's own clock is. */
const TICK = 10;

/** Milliseconds of CPU that a process has used so far; `null` where the system doesn't tell as Linux does. */
export async function cpuOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The name of the program, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}
