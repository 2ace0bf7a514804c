/**
 * The SDK takes a stack trace of each promise that workflow code makes, for the Web UI to show what a run waits for. Of a walk it
 * tells nothing, since the same few functions make all of its promises, and it took a third of a worker's time. To be called when
 * a worker loads the bundle: before the first run the SDK freezes `Error`. Whoever looks for a fault of ours leaves the call out.
 */
export function takeNoStackTraces(): void {
  Reflect.set(Error, 'stackTraceLimit', 0);
}
