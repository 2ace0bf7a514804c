import { open, type FileHandle } from 'node:fs/promises';

/**
 * A file's text; `null` if it doesn't fit into the buffer with a byte to spare, or isn't text. The buffer is free again
 * after that.
 *
 * @throws what opening and reading throw.
 */
export async function readText(place: string, buffer: Uint8Array): Promise<string | null> {
  const file = await open(place, 'r');
  try {
    return await textOf(file, buffer);
  } finally {
    await file.close();
  }
}

/** The same of a file that is open, and stays so. */
export async function textOf(file: FileHandle, buffer: Uint8Array): Promise<string | null> {
  for (let length = 0; ;) {
    // By its end, not by a size that may have changed.
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) return decoded(buffer.subarray(0, length));
    length += bytesRead;
    if (length === buffer.length) return null;
  }
}

/** By its byte order mark, else as UTF-8. A null byte is what only binary files have. */
function decoded(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return bytes.includes(0) ? null : new TextDecoder().decode(bytes);
}
