/** JSON without what a clock tells of agents: it differs from one run to the next of the same. */
export function timeless(value: unknown): unknown {
  const text = JSON.stringify(value, (key, each: unknown) =>
    TIMES.includes(key) ? undefined : each,
  );
  return JSON.parse(text);
}

const TIMES = ['modelTime', 'workTime', 'timeToFirstToken'];
