/** @file The videos that a command line names: files as they are, folders searched. */
import { omissionText, videoFiles as findVideos } from '@slowfast/video';

/**
 * Paths in the order given, each folder replaced by the videos anywhere below it, sorted by name. A
 * path that does not exist stays, to be reported beside the results of the others. What was left out
 * of folders is told in a note.
 *
 * Throws MediaError for a folder without videos.
 */
export async function videoFiles(
  paths: readonly string[],
  tell: (text: string) => void = () => undefined,
): Promise<readonly string[]> {
  const { files, omissions } = await findVideos(paths);
  const text = omissionText(omissions);
  if (text !== '') tell(`left out of ${paths.join(', ')}: ${text}`);
  return files;
}
