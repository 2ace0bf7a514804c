/**
 * What the events of a stream hold, one after the other. A line of data is an event here: of this protocol all are JSON in
 * one line, and not every server puts an empty line between two.
 */
export async function* dataOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const text = decoder.decode(bytes, { stream: true });
    rest += text;
    // A long line isn't looked through again with each piece of it.
    if (!text.includes('\n')) continue;
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) yield* dataIn(line);
  }
  yield* dataIn(rest);
}

function dataIn(line: string): readonly string[] {
  const data = /^data:(.*)$/.exec(line)?.[1]?.trim() ?? '';
  return data === '' ? [] : [data];
}
