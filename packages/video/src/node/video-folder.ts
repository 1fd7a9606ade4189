/** @file The videos in a folder: one rule for all that search one. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileSource, MediaError } from '@slowfast/core';
import { isPicture, isPictureFolder } from './pictures/picture-folder.js';
import {
  addOmissions,
  NO_OMISSIONS,
  omissionText,
  type OmissionCounts,
  type VideoFiles,
} from '../lists/video-files.js';

const EXTENSIONS = new Set(
  '3g2 3gp asf avi f4v flv gif m2t m2ts m4v mjpeg mkv mov mp4 mpeg mpg ogv webm wmv'
    .split(' ')
    .map((name) => `.${name}`),
);

const extensionOf = (name: string): string => extname(name).toLowerCase();

/** In most folders these are TypeScript: a file of them is looked into. */
const TYPESCRIPT_OR_VIDEO = new Set(['.ts', '.mts']);

/** See `videoFiles` of the package. */
export async function findVideos(paths: readonly string[]): Promise<VideoFiles> {
  const files: string[] = [];
  const omissions = { ...NO_OMISSIONS };
  for (const path of paths) {
    const matches = await expanded(path);
    files.push(...matches.files);
    addOmissions(omissions, matches.omissions);
  }
  return { files, omissions };
}

async function expanded(path: string): Promise<VideoFiles> {
  const entry = await stat(path).catch(() => undefined);
  if (!entry?.isDirectory()) return { files: [path], omissions: NO_OMISSIONS };
  const folder = await readVideoFolder(path);
  if (folder.files.length > 0) return folder;
  throw new MediaError({
    site: path,
    expected: `a folder with videos (${[...EXTENSIONS].join(' ')}, and .ts and .mts that hold one), or with numbered pictures (000001.jpg)`,
    received: omissionText(folder.omissions) || 'an empty folder',
  });
}

/** The videos anywhere below a folder, sorted, folders of numbered pictures among them; rejects with {@link MediaError} when the folder cannot be read. */
export async function readVideoFolder(folder: string): Promise<VideoFiles> {
  const search: Search = { files: [], omissions: { ...NO_OMISSIONS }, seen: new Set(), links: [] };
  const place = await realpath(folder).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(folder, cause);
  });
  if (!(await readFolder(folder, place, search))) throw unreadable(folder);
  // Links come last, so that what has a name of its own is found under it.
  for (let link = search.links.shift(); link !== undefined; link = search.links.shift()) {
    await followLink(link, search);
  }
  return { files: search.files.sort(), omissions: search.omissions };
}

interface Search {
  readonly files: string[];
  readonly omissions: OmissionCounts;
  /** Real paths of what was found. */
  readonly seen: Set<string>;
  readonly links: string[];
}

async function readFolder(path: string, place: string, search: Search): Promise<boolean> {
  search.seen.add(place);
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  const names = entries?.filter((entry) => !entry.isDirectory()).map(({ name }) => name) ?? [];
  const isVideo =
    isPictureFolder(names) && !names.some((name) => EXTENSIONS.has(extensionOf(name)));
  if (isVideo) search.files.push(path);
  for (const entry of entries ?? []) {
    if (isVideo && isPicture(entry.name)) continue;
    const [name, real] = [join(path, entry.name), join(place, entry.name)];
    if (entry.name.startsWith('.')) search.omissions.hidden++;
    else if (entry.isSymbolicLink()) search.links.push(name);
    else if (!entry.isDirectory()) await takeFile(name, real, entry.isFile(), search);
    else if (!(await readFolder(name, real, search))) search.omissions.unreadable++;
  }
  return entries !== undefined;
}

async function followLink(path: string, search: Search): Promise<void> {
  const place = await realpath(path).catch(() => undefined);
  const entry = place === undefined ? undefined : await stat(place).catch(() => undefined);
  if (place === undefined || !entry) search.omissions.unreadable++;
  else if (search.seen.has(place)) search.omissions.repeated++;
  else if (!entry.isDirectory()) await takeFile(path, place, entry.isFile(), search);
  else if (!(await readFolder(path, place, search))) search.omissions.unreadable++;
}

async function takeFile(
  path: string,
  place: string,
  isFile: boolean,
  { files, omissions, seen }: Search,
): Promise<void> {
  const extension = extensionOf(path);
  const looked = TYPESCRIPT_OR_VIDEO.has(extension);
  if (!isFile || !(looked || EXTENSIONS.has(extension))) {
    omissions.others++;
    return;
  }
  const isVideo = !looked || (await isTransportStream(path).catch(() => undefined));
  if (isVideo) {
    seen.add(place);
    files.push(path);
  } else if (isVideo === undefined) omissions.unreadable++;
  else omissions.others++;
}

const SYNC = 0x47;

/** Whether a file is an MPEG transport stream: 0x47 every 188 bytes, or 192 where each packet has a time. */
async function isTransportStream(path: string): Promise<boolean> {
  const source = await fileSource(path);
  try {
    const bytes = await source.read(0, Math.min(source.size, 8 * 192));
    // A recording may begin in the middle of a packet.
    return [188, 192].some((period) =>
      Array.from({ length: period }, (_, offset) => offset).some(
        (offset) => bytes.length >= offset + 3 * period && hasSync(bytes, offset, period),
      ),
    );
  } finally {
    await source.close?.();
  }
}

function hasSync(bytes: Uint8Array, offset: number, period: number): boolean {
  for (let at = offset; at < bytes.length; at += period) if (bytes[at] !== SYNC) return false;
  return true;
}

const unreadable = (path: string, cause?: NodeJS.ErrnoException): MediaError =>
  new MediaError({
    site: path,
    expected: 'a folder that can be read',
    received: cause?.code ?? 'one that may not be',
    cause,
  });
