/** @file The pictures in a folder as the frames of a video: one numbering, without a gap. Other files are left alone. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MediaError } from '@slowfast/core';

/** What ends in a number is a frame: `000001.jpg`, `46GP8-000001.jpg`, `frame_1.png`. */
const NUMBERED = /^(?<stem>.*?)(?<number>\d{1,9})\.(?<extension>jpe?g|png)$/i;

interface NumberedPicture {
  readonly name: string;
  readonly number: number;
  /** The name without its number. */
  readonly stem: string;
}

/** The pictures among names, by their numbers. */
function numberedPictures(names: readonly string[]): NumberedPicture[] {
  const pictures = names.flatMap((name) => {
    const { stem, number, extension } = NUMBERED.exec(name)?.groups ?? {};
    if (name.startsWith('.') || number === undefined) return [];
    return [{ name, number: Number(number), stem: `${stem}*.${extension!.toLowerCase()}` }];
  });
  return pictures.sort((a, b) => a.number - b.number);
}

/** Whether a name is that of a numbered picture. */
export const isPicture = (name: string): boolean => numberedPictures([name]).length > 0;

/** Whether a folder with these names in it is a video that is kept as pictures. */
export const isPictureFolder = (names: readonly string[]): boolean =>
  numberedPictures(names).length > 1;

/**
 * The pictures of a folder in the order of their numbers.
 *
 * @throws MediaError for a folder without numbered pictures, with several numberings, or with one that is missing.
 */
export async function picturesOfFolder(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw broken(folder, `one that cannot be read (${cause.code})`, cause);
  });
  const pictures = numberedPictures(names);
  if (pictures.length === 0) {
    throw broken(folder, names.length === 0 ? 'an empty folder' : 'one without any such picture');
  }
  const stems = [...new Set(pictures.map(({ stem }) => stem))].sort();
  if (stems.length > 1) throw broken(folder, `${stems.slice(0, 3).join(' and ')} in one folder`);
  checkNumbers(folder, pictures);
  return pictures.map(({ name }) => join(folder, name));
}

/** A path itself, or the pictures of a folder; throws as {@link picturesOfFolder}. */
export async function filesAt(path: string): Promise<readonly string[]> {
  const entry = await stat(path).catch(() => undefined);
  return entry?.isDirectory() ? picturesOfFolder(path) : [path];
}

/** Numbers as far apart as the nearest are: where one is missing, two are further. */
function checkNumbers(folder: string, pictures: readonly NumberedPicture[]): void {
  const pairs = pictures.slice(1).map((picture, i) => [pictures[i]!, picture] as const);
  const steps = pairs.map(([before, after]) => after.number - before.number);
  const step = steps.reduce((least, own) => Math.min(least, own), Infinity);
  const at = step === 0 ? steps.indexOf(0) : steps.findIndex((own) => own !== step);
  if (at < 0) return;
  const [before, after] = pairs[at]!.map(({ name }) => name);
  throw broken(
    folder,
    step === 0
      ? `${before} and ${after}, of one number`
      : `none between ${before} and ${after}, where others are ${step} apart`,
  );
}

const broken = (site: string, received: string, cause?: Error): MediaError =>
  new MediaError({
    site,
    expected: 'a video, or a folder of its frames, numbered without a gap (000001.jpg, 000002.jpg)',
    received,
    remedy: 'Write the pictures again from the video, or list the video itself',
    cause,
  });
