/** @file Lists of clips and class folders on disk. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileText, nearestNames, SpecError } from '@slowfast/core';
import type { ClipList, ListedClip } from '../lists/clip-list.js';
import { withPictures } from '../lists/frame-list.js';
import { lineError } from '../lists/list-error.js';
import { parseClipList } from '../lists/parse-list.js';
import type { ReadListOptions } from '../lists/read-list.js';
import { addOmissions, NO_OMISSIONS } from '../lists/video-files.js';
import { readVideoFolder } from './video-folder.js';

/** See `readClipList` of the package. */
export async function readList(path: string, options: ReadListOptions): Promise<ClipList> {
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  });
  const { pictures } = options;
  const plain = info.isDirectory()
    ? await classFolders(path, options.classes)
    : parseClipList(await listText(path), { name: path, ...options });
  const list =
    pictures === undefined ? plain : withPictures(plain, await listText(pictures), pictures);
  const folder = info.isDirectory() ? path : dirname(pictures ?? path);
  const base = resolve(options.prefix ?? folder);
  const within = options.root === undefined ? undefined : await rootCheck(list.name, options.root);
  const clips: ListedClip[] = [];
  for (const clip of list.clips) {
    const placed: ListedClip = {
      ...clip,
      path: located(base, clip.path),
      ...(clip.frames
        ? { frames: clip.frames.map(({ path, labels }) => ({ path: below(base, path), labels })) }
        : {}),
    };
    await within?.(placed);
    clips.push(placed);
  }
  return { ...list, clips };
}

/** `resolve`, whose many small pieces would take gigabytes in lists of millions of pictures. */
const below = (base: string, path: string): string =>
  sep === '/' && !path.startsWith('/') && !/(?:^|\/)\.{0,2}(?:\/|$)/.test(path)
    ? `${base === '/' ? '' : base}/${path}`
    : resolve(base, path);

/** The frame lists of Charades have 250 MB. */
const LONGEST_LIST = 500 * 2 ** 20;

const listText = (path: string): Promise<string> =>
  fileText(path, { expected: 'a text file with a list of clips', limit: LONGEST_LIST });

/** An address of a video is where it is whatever the list's folder. */
const located = (base: string, path: string): string =>
  /^(?:https?|s3):\/\//i.test(path) ? path : resolve(base, path);

const unreadable = (path: string, cause: NodeJS.ErrnoException): SpecError =>
  new SpecError({
    site: path,
    expected: 'a list of clips, or a folder with one folder for each class',
    received:
      cause.code === 'ENOENT' ? 'a path where nothing is' : `an unreadable path (${cause.code})`,
    cause,
  });

/** Throws for a path that leaves the root, by `..` or by a link. */
async function rootCheck(name: string, root: string): Promise<(clip: ListedClip) => Promise<void>> {
  const plain = resolve(root);
  const real = await realpath(plain).catch((cause: NodeJS.ErrnoException) => {
    throw new SpecError({
      site: 'root',
      expected: 'a folder that can be read',
      received: `'${root}' (${cause.code})`,
      cause,
    });
  });
  const inside = (folder: string, path: string): boolean => {
    const way = relative(folder, path);
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  };
  const check = async (path: string, line: number): Promise<void> => {
    // What is not there cannot be followed; its name alone must lie inside.
    const followed = await realpath(path).catch(() => undefined);
    if (inside(plain, path) && (followed === undefined || inside(real, followed))) return;
    throw lineError(name, line, `a path inside ${root}`, `'${path}'`);
  };
  return async ({ path, line, frames }) => {
    await check(path, line);
    for (const frame of frames ?? []) await check(frame.path, line);
    // A folder inside may hold links to pictures outside.
    const entries = frames ? [] : await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isSymbolicLink()) await check(join(path, entry.name), line);
    }
  };
}

/** Classes by the names of the folders: in their order, or numbered as in a list of names, where some may be missing. */
async function classFolders(path: string, names?: readonly string[]): Promise<ClipList> {
  const folders: string[] = [];
  const omissions = { ...NO_OMISSIONS };
  for (const { name } of await readdir(path, { withFileTypes: true })) {
    if (name.startsWith('.')) omissions.hidden++;
    else if ((await stat(join(path, name)).catch(() => undefined))?.isDirectory())
      folders.push(name);
    else omissions.others++;
  }
  folders.sort();
  const clips: ListedClip[] = [];
  const classes = names ?? folders;
  for (const folder of folders) {
    const label = classes.indexOf(folder);
    if (label < 0) throw unknownClass(path, folder, classes);
    const videos = await readVideoFolder(join(path, folder));
    if (videos.files.includes(join(path, folder))) throw noFolders(path, folder);
    addOmissions(omissions, videos.omissions);
    for (const video of videos.files) {
      clips.push({ path: relative(path, video), labels: [label], line: 0 });
    }
  }
  if (clips.length > 0) return { name: path, clips, multiLabel: false, classes, omissions };
  throw new SpecError({
    site: path,
    expected: 'a folder with one folder of videos for each class',
    received: `${folders.length} folders without videos`,
  });
}

const noFolders = (path: string, folder: string): SpecError =>
  new SpecError({
    site: path,
    expected:
      'a folder for each class with videos in it, or with a folder of pictures for each video',
    received: `pictures in '${folder}' itself`,
  });

const unknownClass = (path: string, folder: string, classes: readonly string[]): SpecError =>
  new SpecError({
    site: path,
    expected: `folders named as the ${classes.length} classes are`,
    received: `'${folder}'`,
    remedy: `The nearest are ${nearestNames(folder, classes).join(', ')}`,
  });
