import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MediaError } from '@slowfast/core';
import { openVideo, probe, views, type OpenOptions, type ViewPreprocessing } from '../index.js';

const media = (name: string): string =>
  fileURLToPath(new URL(`../../../../examples/media/${name}`, import.meta.url));

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-video-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** The error that opening and reading a file ends in. */
async function errorOf(path: string, options?: OpenOptions): Promise<Error> {
  try {
    const video = await openVideo(path, options);
    let frames = 0;
    for await (const { index } of video.frames()) frames = index + 1;
    expect(frames).toBeLessThanOrEqual(video.info.frames);
  } catch (error) {
    expect(error).toBeInstanceOf(MediaError);
    return error as Error;
  }
  throw new Error(`${path} was read without an error`);
}

/** Replaces the last occurrence of a text of four bytes. */
async function patched(name: string, from: string, to: string): Promise<Buffer> {
  const bytes = await readFile(media(name));
  bytes.write(to, bytes.lastIndexOf(from), 'latin1');
  return bytes;
}

/** The MP4 with its index before the pictures, as files for the web have it, so that it can be cut. */
async function indexFirst(name: string): Promise<Buffer> {
  const bytes = await readFile(media(name));
  const moov = bytes.lastIndexOf('moov') - 4;
  const mdat = bytes.indexOf('mdat') - 4;
  const length = bytes.readUInt32BE(moov);
  const index = Buffer.from(bytes.subarray(moov, moov + length));
  const table = index.indexOf('stco') + 8;
  for (let i = 0; i < index.readUInt32BE(table); i++) {
    const at = table + 4 + 4 * i;
    index.writeUInt32BE(index.readUInt32BE(at) + length, at);
  }
  return Buffer.concat([bytes.subarray(0, mdat), index, bytes.subarray(mdat, moov)]);
}

/** The MP4 with every table of samples emptied. */
async function withoutSamples(name: string): Promise<Buffer> {
  const bytes = await readFile(media(name));
  for (const table of ['stts', 'ctts', 'stss', 'stsc', 'stco']) {
    const at = bytes.lastIndexOf(table);
    if (at > 0) bytes.writeUInt32BE(0, at + 8);
  }
  bytes.writeUInt32BE(0, bytes.lastIndexOf('stsz') + 12);
  return bytes;
}

/** A second of a tone, 8 kHz, 16 bit. */
function wav(): Buffer {
  const bytes = Buffer.alloc(44 + 16_000);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + 16_000, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  [1, 1].forEach((value, i) => bytes.writeUInt16LE(value, 20 + 2 * i));
  [8000, 16_000].forEach((value, i) => bytes.writeUInt32LE(value, 24 + 4 * i));
  [2, 16].forEach((value, i) => bytes.writeUInt16LE(value, 32 + 2 * i));
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(16_000, 40);
  for (let i = 0; i < 8000; i++) bytes.writeInt16LE(Math.round(8000 * Math.sin(i / 5)), 44 + 2 * i);
  return bytes;
}

function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

const INVALID =
  'expected a video in a container such as MP4, MKV, WebM or AVI, received data that cannot be read ' +
  'as one (Invalid data found when processing input). Check that the file is complete and is a video.';
const LOCAL = 'Give the path of a video file on this machine.';

describe('no video', () => {
  test('missing file, also where a name looks like an option or an address', async () => {
    for (const path of [join(folder, 'none.mp4'), '-i.mp4', 'http://127.0.0.1:9/a.mp4']) {
      expect((await errorOf(path)).message).toBe(
        `${path}: expected a video file, received a path where no file is. ${LOCAL}`,
      );
    }
  });

  test('directory', async () => {
    await mkdir(join(folder, 'folder.mp4'));
    expect((await errorOf(join(folder, 'folder.mp4'))).message).toBe(
      `${join(folder, 'folder.mp4')}: expected a video, or a folder of its frames, numbered without a gap (000001.jpg, 000002.jpg), received an empty folder. Write the pictures again from the video, or list the video itself.`,
    );
  });

  test('empty file', async () => {
    const path = await file('empty.mp4', '');
    expect((await errorOf(path)).message).toBe(
      `${path}: expected a video file, received an empty file. Copy or download the file again.`,
    );
  });

  test('random bytes, text, MP4 without its index', async () => {
    for (const path of [
      await file('noise.mp4', noise(65_536)),
      await file('text.mp4', 'This is no video.\n'),
      await file('index.mp4', await patched('five-frames.mp4', 'moov', 'xxxx')),
    ]) {
      expect((await errorOf(path)).message).toBe(`${path}: ${INVALID}`);
    }
  });

  test('a playlist is not followed', async () => {
    const list = `ffconcat version 1.0\nfile ${media('five-frames.mp4')}\n`;
    const path = await file('list.mp4', list);
    expect((await errorOf(path)).message).toBe(
      `${path}: ${INVALID.replace('Invalid data found when processing input', 'Invalid argument')}`,
    );
  });

  test('sound only', async () => {
    const path = await file('sound.wav', wav());
    expect((await errorOf(path)).message).toBe(
      `${path}: expected a file with a video stream, received a file without one (container wav). ` +
        'Give the file that holds the pictures.',
    );
  });

  test('no frames', async () => {
    const path = await file('none.mp4', await withoutSamples('five-frames.mp4'));
    expect((await errorOf(path)).message).toBe(
      `${path}: expected at least one frame of video, received a file of which none can be decoded. ` +
        'Check that the file is complete.',
    );
  });

  test('a codec that nobody knows', async () => {
    const path = await file('codec.mp4', await patched('five-frames.mp4', 'avc1', 'zzzz'));
    expect((await errorOf(path, { decoder: 'node-av' })).message).toBe(
      `${path}: expected a codec that node-av decodes (H.264, HEVC, VP9, AV1, MPEG-4, MJPEG and others), ` +
        "received the unknown codec 'zzzz'. Convert the file to H.264 in MP4.",
    );
  });
});

describe('truncated', () => {
  const preprocessing: ViewPreprocessing = {
    clip: { frames: 8, stride: 8, fps: 30 },
    sampling: 'pytorchvideo',
    resize: 32,
    crop: 32,
    mean: [0.45, 0.45, 0.45],
    std: [0.225, 0.225, 0.225],
    channelOrder: 'rgb',
    views: { clips: 3, crops: 1, combine: 'mean' },
  };

  for (const [name, share, declared, seconds] of [
    ['arm-wrestling.mp4', 0.5, 280],
    ['exercise.avi', 0.5, 393],
    ['flipping-a-pancake.mkv', 0.5, undefined, '10.381'],
  ] as const) {
    test(`${name}: what decodes is sampled, with a warning; strict refuses`, async () => {
      const whole = name.endsWith('.mp4') ? await indexFirst(name) : await readFile(media(name));
      const intact = await openVideo(await file(`whole-${name}`, whole));
      expect(intact.info).toMatchObject({ truncated: false, framesFrom: 'indexed' });
      const path = await file(name, whole.subarray(0, Math.floor(whole.length * share)));
      const video = await openVideo(path);
      const { frames } = video.info;
      expect(video.info).toMatchObject({ truncated: true, framesFrom: 'decoded' });
      expect(frames).toBeGreaterThan(50);
      expect(frames).toBeLessThan(intact.info.frames);
      expect(video.info.duration).toBeLessThan(intact.info.duration * 0.8);
      const of = declared === undefined ? '' : ` of ${declared}`;
      const part = seconds
        ? ` (the first ${video.info.duration.toFixed(3)} of ${seconds} seconds)`
        : '';
      expect(video.warnings[0]).toBe(`The file is truncated: ${frames}${of} frames decode${part}.`);
      let last = -1;
      for await (const frame of video.frames()) expect(frame.index).toBe(++last);
      expect(last).toBe(frames - 1);
      for await (const view of views(video, preprocessing)) last = view.frames.at(-1)!;
      expect(last).toBeLessThan(frames);
      expect(last).toBeGreaterThan(frames - 12);
      expect((await errorOf(path, { strict: true })).message).toBe(
        `${path}: expected a complete file, received a truncated one. ` +
          'Copy or download it again, or open it without strict.',
      );
    });
  }

  test('damage that only decoding shows: lost frames are filled, with a warning; strict refuses', async () => {
    const bytes = await readFile(media('arm-wrestling.mp4'));
    bytes.fill(0, Math.floor(bytes.length * 0.6), bytes.lastIndexOf('moov') - 4);
    const path = await file('damaged.mp4', bytes);
    const video = await openVideo(path);
    expect(video.info).toMatchObject({ frames: 280, framesFrom: 'indexed' });
    let [decoded, index] = [0, 0];
    for await (const frame of video.frames()) {
      expect(frame.index).toBe(index++);
      if (!frame.lost) decoded++;
    }
    expect(index).toBe(280);
    expect(decoded).toBeLessThan(280);
    const warning = `Only ${decoded} of 280 frames decode: the file is damaged.`;
    expect(video.warnings).toContain(warning);
    let count = 0;
    for await (const { tensor } of views(video, preprocessing)) {
      expect(tensor.data.every(Number.isFinite)).toBe(true);
      count++;
    }
    expect(count).toBe(3);
    expect((await errorOf(path, { strict: true })).message).toBe(
      `${path}: expected 280 frames, received ${decoded} that decode. ` +
        'Copy or download the file again, or open it without strict.',
    );
  });
});

describe('odd but valid', () => {
  test('five frames', async () => {
    expect(await probe(media('five-frames.mp4'))).toMatchObject({
      frames: 5,
      fps: 30,
      codec: 'h264',
    });
  });

  test('variable frame rate: every frame once, each with its own time', async () => {
    const video = await openVideo(media('variable-frame-rate.mp4'));
    expect(video.info).toMatchObject({ frames: 140, fps: 30, averageFps: 140 / 9.8 });
    const times: number[] = [];
    for await (const { time } of video.frames()) times.push(time);
    expect(times).toHaveLength(140);
    const steps = new Set(times.slice(1).map((time, i) => Math.round((time - times[i]!) * 30)));
    expect(steps.size).toBeGreaterThan(1);
    expect(Math.min(...steps)).toBeGreaterThan(0);
  });

  test('limits on size and length', async () => {
    const path = media('five-frames.mp4');
    expect((await errorOf(path, { maxPixels: 80_000 })).message).toBe(
      `${path}: expected frames of at most 80000 pixels, received frames of 340x256. ` +
        'Raise maxPixels if the file can be trusted.',
    );
    expect((await errorOf(path, { maxFrames: 4 })).message).toBe(
      `${path}: expected at most 4 frames, received more. Raise maxFrames, or cut the video.`,
    );
  });

  test('an aborted signal stops opening', async () => {
    const reason = new Error('enough');
    await expect(
      openVideo(media('five-frames.mp4'), { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });

  test('frames by index: those and no others', async () => {
    const video = await openVideo(media('archery.avi'));
    const got: number[] = [];
    let decoded = 0;
    const onDecoded = (count: number): void => void (decoded = count);
    for await (const { index, data } of video.frames({ indices: [70, 3], onDecoded })) {
      expect(data).toHaveLength(320 * 240 * 3);
      got.push(index);
    }
    expect(got).toEqual([3, 70]);
    expect(decoded).toBe(71);
    await expect(video.frames({ indices: [0, 131] }).next()).rejects.toThrow(
      'indices: expected frame indices from 0 to 130, received 131.',
    );
  });
});
