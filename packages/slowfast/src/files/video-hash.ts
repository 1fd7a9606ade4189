/** @file What tells videos of equal content from others. */
import { createHash } from 'node:crypto';
import { filesOfVideo, type PictureSequence } from '@slowfast/video';
import { fileHash } from './file-hash.js';

/** The hash of a video: that of its file, or of the hashes of its pictures in their order. Rejects as {@link fileHash}. */
export async function videoHash(
  video: string | PictureSequence,
  signal?: AbortSignal,
): Promise<string> {
  const files = await filesOfVideo(video);
  if (files.length === 1) return fileHash(files[0]!, signal);
  const hash = createHash('sha256');
  for (const file of files) hash.update(await fileHash(file, signal));
  return hash.digest('hex');
}
