/**
 * The fallback. That it decodes is tested with a real ffmpeg: the one that FFMPEG_PATH names, else the one
 * that npm installs for this test. How it fails is tested with commands that do.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { decoders, openVideo } from '../index.js';
import { commandPath } from './ffmpeg-process.js';

const media = (name: string): string =>
  fileURLToPath(new URL(`../../../../examples/media/${name}`, import.meta.url));

let folder: string;
const original = { ...process.env };
const restore = (): void => {
  for (const name of ['FFMPEG_PATH', 'FFPROBE_PATH']) {
    if (original[name] === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = original[name];
  }
};

/** Where an npm package keeps its binary. */
function installed(name: string): string {
  return (createRequire(import.meta.url)(name) as { readonly path: string }).path;
}

beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-ffmpeg-'))));
afterEach(restore);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function command(name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const REMEDY =
  'Run npm install node-av, or install ffmpeg and put it on the PATH or name it in FFMPEG_PATH.';

describe('a command that does not work', () => {
  test('is missing', async () => {
    process.env['FFMPEG_PATH'] = join(folder, 'nowhere', 'ffmpeg');
    delete process.env['FFPROBE_PATH'];
    const reason = `the command '${join(folder, 'nowhere', 'ffprobe')}' is not found`;
    expect((await decoders())[1]).toEqual({ name: 'ffmpeg', available: false, reason });
    await expect(openVideo(media('five-frames.mp4'), { decoder: 'ffmpeg' })).rejects.toThrow(
      `decoder: expected the decoder ffmpeg, received none that works here (ffmpeg: ${reason}). ${REMEDY}`,
    );
  });

  test('fails', async () => {
    await command('ffprobe', 'echo "ffprobe version 5.1.9"');
    process.env['FFMPEG_PATH'] = await command('ffmpeg', 'echo broken >&2; exit 1');
    const reason = `'${join(folder, 'ffmpeg')} -version' fails`;
    expect((await decoders())[1]).toEqual({ name: 'ffmpeg', available: false, reason });
  });

  test('does not matter while node-av works', async () => {
    process.env['FFMPEG_PATH'] = join(folder, 'nowhere', 'ffmpeg');
    expect((await decoders())[0]).toMatchObject({ name: 'node-av', available: true });
    expect((await openVideo(media('five-frames.mp4'))).info.decoder).toBe('node-av');
  });

  test('ffprobe is looked for beside FFMPEG_PATH, unless FFPROBE_PATH names it', () => {
    expect(commandPath('ffprobe', {})).toBe('ffprobe');
    expect(commandPath('ffprobe', { FFMPEG_PATH: 'ffmpeg6' })).toBe('ffprobe');
    expect(commandPath('ffprobe', { FFMPEG_PATH: join('opt', 'ffmpeg') })).toBe(
      join('opt', 'ffprobe'),
    );
    expect(commandPath('ffprobe', { FFMPEG_PATH: 'a', FFPROBE_PATH: 'b' })).toBe('b');
    expect(commandPath('ffmpeg', { FFMPEG_PATH: 'a' })).toBe('a');
  });
});

describe('a real ffmpeg', () => {
  beforeEach(() => {
    if (original['FFMPEG_PATH'] !== undefined) return;
    process.env['FFMPEG_PATH'] = installed('@ffmpeg-installer/ffmpeg');
    process.env['FFPROBE_PATH'] = installed('@ffprobe-installer/ffprobe');
  });

  test('is installed, as this test needs', async () => {
    expect((await decoders())[1]).toMatchObject({ name: 'ffmpeg', available: true });
  });

  for (const name of ['five-frames.mp4', 'variable-frame-rate.mp4', 'archery.avi']) {
    test(`${name}: the same info and the same pixels as node-av`, async () => {
      const ours = await openVideo(media(name), { decoder: 'node-av' });
      const theirs = await openVideo(media(name), { decoder: 'ffmpeg' });
      expect(theirs.info).toEqual({ ...ours.info, decoder: 'ffmpeg' });
      expect(theirs.timeline).toEqual(ours.timeline);
      const other = theirs.frames();
      for await (const frame of ours.frames()) {
        const { value } = await other.next();
        if (!value) throw new Error(`frame ${frame.index} is missing`);
        expect(value.index).toBe(frame.index);
        expect(Buffer.compare(value.data, frame.data)).toBe(0);
      }
      expect((await other.next()).done).toBe(true);
    });
  }

  test('breaking off and aborting end the process', async () => {
    const video = await openVideo(media('exercise.avi'), { decoder: 'ffmpeg' });
    for await (const frame of video.frames()) if (frame.index === 2) break;
    const stop = new AbortController();
    const reason = new Error('enough');
    const run = async (): Promise<void> => {
      for await (const frame of video.frames({ signal: stop.signal })) {
        if (frame.index === 2) stop.abort(reason);
      }
    };
    await expect(run()).rejects.toBe(reason);
  });

  test('a truncated file is seen as one, though ffmpeg exits 0 on it', async () => {
    const bytes = await readFile(media('exercise.avi'));
    const path = join(folder, 'cut.avi');
    await writeFile(path, bytes.subarray(0, bytes.length / 2));
    const video = await openVideo(path, { decoder: 'ffmpeg' });
    expect(video.info).toMatchObject({ truncated: true, framesFrom: 'decoded' });
    const other = await openVideo(path, { decoder: 'node-av' });
    expect(video.timeline).toEqual(other.timeline);
  });

  test('invalid data and sound only, in the same words as node-av', async () => {
    const path = join(folder, 'text.mp4');
    await writeFile(path, 'This is no video.\n');
    const message = async (decoder: 'node-av' | 'ffmpeg'): Promise<string> =>
      openVideo(path, { decoder }).then(
        () => 'opened',
        (error: Error) => error.message,
      );
    expect(await message('ffmpeg')).toBe(await message('node-av'));
    expect(await message('ffmpeg')).toContain('Invalid data found when processing input');
  });
});
