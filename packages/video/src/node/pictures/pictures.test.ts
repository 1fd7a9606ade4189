/** Pictures are written by the ffmpeg that npm installs for tests, from a video of the examples. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  checkClipList,
  openVideo,
  readClipList,
  trainingClips,
  videoFiles,
  views,
  type OpenOptions,
  type TrainingClip,
  type TrainingClipsOptions,
  type Video,
  type VideoFrame,
  type View,
  type ViewPreprocessing,
} from '../../index.js';
import { headerOf } from './picture-size.js';

const VIDEO = fileURLToPath(
  new URL('../../../../../examples/media/ut-interaction/kick_s09_c50.avi', import.meta.url),
);
const TRAINER = new URL('../../../dist/node/training-worker.js', import.meta.url);
const VIEWER = new URL('../../../dist/node/view-worker.js', import.meta.url);
const FRAMES = 24;
const ffmpeg = (createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string })
  .path;
const write = (...args: string[]): Buffer =>
  execFileSync(ffmpeg, ['-v', 'error', '-y', '-i', VIDEO, '-frames:v', ...args]);

let root: string;
let jpeg: string;
let png: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slowfast-pictures-'));
  [jpeg, png] = [join(root, 'jpeg'), join(root, 'png')];
  for (const folder of [jpeg, png]) await mkdir(folder);
  write(`${FRAMES}`, '-q:v', '2', join(jpeg, 'kick-%06d.jpg'));
  write(`${FRAMES}`, '-vf', 'scale=64:48', join(png, '%d.png'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const picture = (folder: string, number: number): string =>
  join(folder, `kick-${String(number).padStart(6, '0')}.jpg`);

async function copyOf(name: string): Promise<string> {
  const folder = join(root, name);
  await rm(folder, { recursive: true, force: true });
  await cp(jpeg, folder, { recursive: true });
  return folder;
}

async function framesOf(input: Video, indices?: readonly number[]): Promise<VideoFrame[]> {
  const all: VideoFrame[] = [];
  for await (const frame of input.frames(indices ? { indices } : {})) all.push(frame);
  return all;
}

/** Does something where the commands of ffmpeg are found. */
async function withCommand(work: () => Promise<void>): Promise<void> {
  const own = process.env['FFMPEG_PATH'];
  const probe = process.env['FFPROBE_PATH'];
  process.env['FFMPEG_PATH'] = ffmpeg;
  process.env['FFPROBE_PATH'] = (
    createRequire(import.meta.url)('@ffprobe-installer/ffprobe') as { path: string }
  ).path;
  try {
    await work();
  } finally {
    for (const [name, value] of Object.entries({ FFMPEG_PATH: own, FFPROBE_PATH: probe })) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  }
}

describe('a folder of pictures', () => {
  it('is a video of the rate that it is taken to have', async () => {
    await using video = await openVideo(jpeg, { pictureFps: 12 });
    const { width, height } = video.info;
    expect(video.info).toMatchObject({
      ...{ frames: FRAMES, fps: 12, duration: 2, codec: 'mjpeg', container: 'pictures' },
      ...{ timestamps: 'pictures', decoder: 'node-av', truncated: false },
    });
    const [third, last] = await framesOf(video, [3, 23]);
    expect([third!.index, third!.time, last!.index]).toEqual([3, 0.25, 23]);
    expect(third).toMatchObject({ width, height, lost: false });
    // JPEG of high quality is near to what was coded.
    await using original = await openVideo(VIDEO);
    const [same] = await framesOf(original, [3]);
    const apart = same!.data.reduce((sum, value, i) => sum + Math.abs(value - third!.data[i]!), 0);
    expect(apart / same!.data.length).toBeLessThan(2);
    await expect(video.sound({ rate: 8000 }).next()).rejects.toThrow('one without');
  });

  it('has the pixels of a PNG to the last bit, in the order of the numbers, by both decoders', async () => {
    const raw = write(
      `${FRAMES}`,
      '-vf',
      'scale=64:48',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-',
    );
    await withCommand(async () => {
      for (const decoder of ['node-av', 'ffmpeg'] as const) {
        await using video = await openVideo(png, { decoder });
        const indices =
          decoder === 'ffmpeg' ? [1, 10] : Array.from({ length: FRAMES }, (_, i) => i);
        for (const { index, data } of await framesOf(video, indices)) {
          expect(Buffer.compare(data, raw.subarray(index * 9216, (index + 1) * 9216))).toBe(0);
        }
      }
    });
  });

  it('gives the same views in a worker thread', async () => {
    await using video = await openVideo(jpeg);
    const preprocessing: ViewPreprocessing = {
      ...{ clip: { frames: 4, stride: 3, fps: 30 }, sampling: 'pyslowfast', resize: 40, crop: 32 },
      ...{ mean: [0.45, 0.45, 0.45], std: [0.225, 0.225, 0.225], channelOrder: 'rgb' },
      views: { clips: 3, crops: 1, combine: 'mean' },
    };
    const made = async (worker: URL | 'off'): Promise<View[]> => {
      const all: View[] = [];
      for await (const view of views(video, preprocessing, { worker })) all.push(view);
      return all;
    };
    const plain = await made('off');
    expect(plain.map(({ frames }) => frames[0])).toEqual([0, 7, 14]);
    expect(await made(VIEWER)).toEqual(plain);
  });

  it.each<[string, (folder: string) => Promise<unknown>, string]>([
    [
      'a missing picture',
      (folder) => rm(picture(folder, 5)),
      'received none between kick-000004.jpg and kick-000006.jpg, where others are 1 apart.',
    ],
    [
      'one number twice',
      (folder) => copyFile(picture(folder, 5), join(folder, 'kick-5.jpg')),
      'received kick-000005.jpg and kick-5.jpg, of one number.',
    ],
    [
      'two numberings',
      (folder) => copyFile(picture(folder, 5), join(folder, 'flow_000005.jpg')),
      'received flow_*.jpg and kick-*.jpg in one folder.',
    ],
    [
      'a picture of another size',
      (folder) =>
        Promise.resolve(write('1', '-vf', 'scale=100:80', picture(folder, 20))).then(() => folder),
      '/kick-000020.jpg: expected a picture as the first of its video, JPEG of ',
    ],
    [
      'what is no picture',
      (folder) => writeFile(picture(folder, 5), 'text'),
      '/kick-000005.jpg: expected a picture, JPEG or PNG, received a file that does not begin as one.',
    ],
    [
      'an empty file',
      (folder) => writeFile(picture(folder, 1), ''),
      '/kick-000001.jpg: expected a picture, JPEG or PNG, received an empty file.',
    ],
  ])('with %s is refused by its name', async (_, harm, message) => {
    const folder = await copyOf('harmed');
    await harm(folder);
    await expect(openVideo(folder)).rejects.toThrow(message);
    await expect(openVideo(folder)).rejects.toMatchObject({ name: 'MediaError' });
  });

  it('with half a picture has the one before it in its place, and says so', async () => {
    const folder = await copyOf('half');
    const bytes = write('1', '-q:v', '2', '-f', 'mjpeg', '-');
    await writeFile(picture(folder, 7), bytes.subarray(0, bytes.length / 2));
    await writeFile(picture(folder, 8), bytes.subarray(0, bytes.length / 3));
    const opened = async (options: OpenOptions = {}) => openVideo(folder, options);
    await using video = await opened();
    const [before, one, other, after] = await framesOf(video, [5, 6, 7, 8]);
    expect([before!.lost, one!.lost, other!.lost, after!.lost]).toEqual([false, true, true, false]);
    expect(one!.data).toEqual(before!.data);
    expect(other!.data).toEqual(before!.data);
    expect(video.warnings).toEqual([
      'Pictures that do not decode: kick-000007.jpg, kick-000008.jpg; those before them are taken.',
    ]);
    await using strict = await opened({ strict: true });
    await expect(framesOf(strict)).rejects.toThrow('expected a picture that decodes');
    const list = {
      name: 'list',
      multiLabel: false,
      clips: [{ path: folder, labels: [0], line: 1 }],
    };
    const { problems } = await checkClipList(list);
    expect(problems.map(({ kind }) => kind)).toEqual(['truncated']);
  });

  it('is found in a folder of folders, and has to lie in the root with all of its pictures', async () => {
    const data = join(root, 'data');
    await mkdir(join(data, 'kick'), { recursive: true });
    await cp(jpeg, join(data, 'kick', 'one'), { recursive: true });
    await copyFile(VIDEO, join(data, 'kick', 'two.avi'));
    const { files } = await videoFiles([data]);
    expect(files.map((file) => basename(file))).toEqual(['one', 'two.avi']);
    const { clips } = await readClipList(data, { root: data });
    expect(clips.map(({ labels }) => labels)).toEqual([[0], [0]]);
    await rm(picture(join(data, 'kick', 'one'), 3));
    await symlink(picture(jpeg, 3), picture(join(data, 'kick', 'one'), 3));
    await expect(readClipList(data, { root: data })).rejects.toThrow('expected a path inside');
    await writeFile(join(root, 'list.csv'), `${jpeg} 0\n`);
    await expect(readClipList(join(root, 'list.csv'), { root: data })).rejects.toThrow(
      'expected a path inside',
    );
    await rm(join(data, 'kick'), { recursive: true });
    await cp(jpeg, join(data, 'kick'), { recursive: true });
    await expect(readClipList(data)).rejects.toThrow("received pictures in 'kick' itself");
  });
});

/** A clip with the hash of its pixels in their place: quicker to compare. */
const hashed = ({ tensor, ...clip }: TrainingClip) => ({
  ...clip,
  pixels: createHash('sha256').update(new Uint8Array(tensor.data.buffer)).digest('hex'),
});

describe('training clips of pictures', () => {
  const OPTIONS: TrainingClipsOptions = {
    ...{ clip: { frames: 4, stride: 2, fps: 12 }, crop: 32, seed: 5, workers: 0 },
  };
  const made = async (list: string, options = OPTIONS) => {
    const { clips } = await readClipList(list);
    await using source = trainingClips(clips, options);
    const all = [];
    for (const epoch of [0, 1])
      for await (const clip of source.epoch(epoch)) all.push(hashed(clip));
    return { all, broken: source.broken };
  };

  it('are the same whatever the cache and the threads, each second picture; broken ones are left out', async () => {
    const harmed = await copyOf('gap');
    await rm(picture(harmed, 5));
    await writeFile(join(root, 'train.csv'), `${jpeg} 0\n${harmed} 1\n${png} 2\n`);
    const list = join(root, 'train.csv');
    const cached = await made(list);
    expect(cached.all).toHaveLength(4);
    expect(cached.broken.map(({ line }) => line)).toEqual([2]);
    for (const { frames } of cached.all) {
      expect(frames).toEqual([0, 2, 4, 6].map((step) => frames[0]! + step));
    }
    for (const options of [
      { ...OPTIONS, cacheBytes: 0 },
      { ...OPTIONS, workers: 2, workerUrl: TRAINER },
    ]) {
      expect((await made(list, options)).all).toEqual(cached.all);
    }
  });

  it('of a frame list have the classes of the pictures that they span', async () => {
    const lines = Array.from(
      { length: FRAMES },
      (_, i) => `kick 0 ${i} jpeg/${basename(picture(jpeg, i + 1))} "${i < 12 ? '4' : '1,2'}"`,
    );
    const header = 'original_vido_id video_id frame_id path labels';
    await writeFile(join(root, 'frames.csv'), [header, ...lines].join('\n'));
    const { all } = await made(join(root, 'frames.csv'));
    const { all: others } = await made(join(root, 'frames.csv'), { ...OPTIONS, seed: 8 });
    for (const { frames, labels, path } of [...all, ...others]) {
      expect(path).toBe(join(root, 'jpeg/kick'));
      const [first, last] = [frames[0]!, frames.at(-1)!];
      expect(labels).toEqual(last < 12 ? [4] : first < 12 ? [1, 2, 4] : [1, 2]);
    }
  });
});

/** A JPEG with Exif data of its orientation alone, little or big endian. */
function turnedJpeg(bytes: Buffer, orientation: number, isLittle: boolean): Buffer {
  const exif = Buffer.alloc(36);
  exif.writeUInt16BE(0xffe1, 0);
  exif.writeUInt16BE(34, 2);
  exif.write('Exif', 4);
  const tiff = exif.subarray(10);
  const put = (size: 2 | 4, at: number, value: number): number =>
    isLittle ? tiff.writeUIntLE(value, at, size) : tiff.writeUIntBE(value, at, size);
  tiff.write(isLittle ? 'II' : 'MM');
  put(2, 2, 42);
  put(4, 4, 8);
  put(2, 8, 1);
  put(2, 10, 0x0112);
  put(2, 12, 3);
  put(4, 14, 1);
  put(2, 18, orientation);
  return Buffer.concat([bytes.subarray(0, 2), exif, bytes.subarray(2)]);
}

// Exif's own words: where the first row and the first column are to be shown.
const SIDES = [
  ...['top left', 'top right', 'bottom right', 'bottom left'],
  ...['left top', 'right top', 'right bottom', 'left bottom'],
];

describe('a camera that was held otherwise', () => {
  const one = async (folder: string, options: OpenOptions = {}) => {
    await using video = await openVideo(folder, options);
    const [frame] = await framesOf(video, [1]);
    return { info: video.info, frame: frame! };
  };

  it.each(SIDES.map((sides, i) => [i + 1, sides] as const))(
    'is turned upright: %i, %s',
    async (orientation, sides) => {
      const folder = join(root, `turned-${orientation}`);
      await mkdir(folder);
      for (const number of [1, 2]) {
        const bytes = await readFile(picture(jpeg, number));
        const turned = turnedJpeg(bytes, orientation, orientation % 2 === 0);
        await writeFile(join(folder, `${number}.jpg`), turned);
      }
      const { frame: coded } = await one(jpeg);
      const { frame, info } = await one(folder);
      const [row, column] = sides.split(' ');
      const isSideways = row === 'left' || row === 'right';
      const { width, height } = coded;
      expect([frame.width, frame.height]).toEqual(isSideways ? [height, width] : [width, height]);
      expect([info.width, info.height]).toEqual([frame.width, frame.height]);
      const shown = { top: 0, left: 0, right: frame.width - 1, bottom: frame.height - 1 };
      // The place of a coded pixel, by the sides that row 0 and column 0 are on.
      const along = (side: string, steps: number): number =>
        Math.abs(shown[side as keyof typeof shown] - steps);
      for (const [r, c] of [
        [0, 0],
        [0, width - 1],
        [height - 1, 0],
        [17, 40],
      ] as const) {
        const [x, y] = isSideways
          ? [along(row, r), along(column!, c)]
          : [along(column!, c), along(row!, r)];
        const from = 3 * (r * width + c);
        const to = 3 * (y * frame.width + x);
        expect(frame.data.slice(to, to + 3)).toEqual(coded.data.slice(from, from + 3));
      }
      const { frame: ignored } = await one(folder, { rotation: 'ignore' });
      expect(ignored.data).toEqual(coded.data);
      await withCommand(async () => {
        const { frame: other } = await one(folder, { decoder: 'ffmpeg' });
        const apart = other.data.reduce(
          (sum, value, i) => sum + Math.abs(value - frame.data[i]!),
          0,
        );
        expect(apart / frame.data.length).toBeLessThan(2);
      });
    },
  );

  it('has to be held so all the time; Exif data that say nothing, or too much, are passed over', async () => {
    const folder = await copyOf('mixed');
    const bytes = await readFile(picture(jpeg, 2));
    await writeFile(picture(folder, 2), turnedJpeg(bytes, 6, true));
    await expect(openVideo(folder)).rejects.toThrow(/JPEG of \d+x\d+, turned by its Exif data/);
    const exif = turnedJpeg(bytes, 9, true);
    expect(headerOf(exif)!.orientation).toEqual({ swap: false, flipX: false, flipY: false });
    // A directory that would begin or end behind the segment, for every byte of it.
    for (let at = 6; at < 38; at++) {
      const broken = Buffer.from(exif);
      broken.fill(0xff, at, 38);
      expect(headerOf(broken)).toMatchObject({ codec: 'mjpeg' });
    }
  });
});

test('the size of a JPEG stands behind whatever its camera wrote', () => {
  const notes = new Uint8Array(70_000).fill(0xff);
  const segment = (marker: number, body: readonly number[] | Uint8Array): number[] => [
    ...[0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff],
    ...body,
  ];
  const frame = segment(0xc2, [8, 0, 48, 0, 64, 3]);
  const bytes = [0xff, 0xd8, ...segment(0xe1, notes.subarray(0, 65_000)), 0xff, ...frame, 0, 0, 0];
  expect(headerOf(Uint8Array.from(bytes))).toEqual({
    ...{ codec: 'mjpeg', width: 64, height: 48 },
    orientation: { swap: false, flipX: false, flipY: false },
  });
  for (let end = 0; end < 30; end++) {
    expect(headerOf(Uint8Array.from(bytes.slice(0, end)))).toBeUndefined();
  }
});
