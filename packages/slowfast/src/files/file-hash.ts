/** @file What tells files of equal content from others. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** The SHA-256 of a file's content in hexadecimal digits. Rejects as reading does, and with the signal's reason. */
export async function fileHash(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const chunks = createReadStream(path, { highWaterMark: 2 ** 20, ...(signal ? { signal } : {}) });
  for await (const chunk of chunks) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
