/**
 * @file How many people MoveNet finds on the sample videos: boxes of twenty frames, drawn by eye around what is seen of
 * each person (`testing/people-boxes.json`): whole people, those who are cut off in a close-up, those in the background.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openVideo, type Box, type RgbImage } from '@slowfast/video';
import { movenetSize } from './movenet.js';
import { defaultPeople } from './people.js';
import { overlap } from './person-box.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Seen {
  readonly video: string;
  readonly frame: number;
  readonly boxes: readonly { readonly box: Box; readonly is: 'whole' | 'cut off' | 'background' }[];
}

async function frameOf({ video: name, frame }: Seen): Promise<RgbImage> {
  await using video = await openVideo(at(`../../../../examples/media/${name}`));
  for await (const image of video.frames({ indices: [frame] })) return image;
  throw new Error(`${name} has no frame ${frame}`);
}

/** Pairs of a person and a box that overlap by half, the best first, each in one pair. */
function pairs(seen: readonly Box[], found: readonly Box[]): ReadonlyMap<number, number> {
  const all = seen
    .flatMap((a, i) => found.map((b, k) => ({ i, k, shared: overlap(a, b) })))
    .filter(({ shared }) => shared >= 0.5)
    .sort((a, b) => b.shared - a.shared);
  const taken = new Map<number, number>();
  for (const { i, k } of all) {
    if (!taken.has(i) && ![...taken.values()].includes(k)) taken.set(i, k);
  }
  return taken;
}

const frames = JSON.parse(await readFile(at('testing/people-boxes.json'), 'utf8')) as Readonly<
  Record<'frames' | 'further', readonly Seen[]>
>;

/** People by what is seen of them, those who are found, and boxes around nobody. */
async function counted(all: readonly Seen[]): Promise<Record<string, number>> {
  await using people = await defaultPeople();
  const count: Record<string, number> = { others: 0 };
  for (const seen of all) {
    const found = await people.find(0, await frameOf(seen));
    const matched = pairs(
      seen.boxes.map(({ box }) => box),
      found.map(({ box }) => box),
    );
    count['others']! += found.length - matched.size;
    seen.boxes.forEach(({ is }, i) => {
      count[is] = (count[is] ?? 0) + 1;
      count[`${is}, found`] = (count[`${is}, found`] ?? 0) + (matched.has(i) ? 1 : 0);
    });
    for (const { keypoints } of found) expect(keypoints).toHaveLength(17);
  }
  return count;
}

test('finds 25 of 26 whole people of twenty frames, some of the others, and nobody where nobody is', async () => {
  expect(frames.frames).toHaveLength(20);
  expect(await counted(frames.frames)).toEqual({
    whole: 26,
    'whole, found': 25,
    'cut off': 6,
    'cut off, found': 0,
    background: 15,
    'background, found': 4,
    others: 0,
  });
}, 60_000);

test('does as well on frames that the threshold was not chosen on', async () => {
  expect(await counted(frames.further)).toEqual({
    whole: 5,
    'whole, found': 5,
    'cut off': 2,
    'cut off, found': 0,
    background: 5,
    'background, found': 0,
    others: 0,
  });
}, 60_000);

test('shows the network a frame of about its own aspect', () => {
  expect(movenetSize({ width: 1920, height: 1080 })).toEqual({ width: 256, height: 160 });
  expect(movenetSize({ width: 136, height: 228 })).toEqual({ width: 160, height: 256 });
  expect(movenetSize({ width: 4000, height: 10 })).toEqual({ width: 256, height: 32 });
});
