/** @file `slowfast watch` as a user runs it, on a small network and a file that plays for ten seconds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initialWeights, writeSafetensors } from '@slowfast/core';
import { WEIGHTS_METADATA_KEY } from '@slowfast/checkpoints';
import { catalogModel, checkedModelName } from '@slowfast/models';
import { writeFileAtomic } from '@slowfast/core';
import { writeVideo } from '@slowfast/video';
import { runSlowfast, slowfast } from './testing/run-slowfast.js';

const VIDEO = fileURLToPath(
  new URL('../../../../examples/media/arm-wrestling.mp4', import.meta.url),
);

let folder: string;
let small: readonly string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-watch-'));
  const options = { model: 'slow-4x16-r50', width: 8, size: 64, trainCrop: 64 };
  const weights = join(folder, 'small.safetensors');
  const { graph } = catalogModel(checkedModelName(options.model), options).model;
  await writeFileAtomic(weights, (sink) =>
    writeSafetensors(initialWeights(graph), {
      sink,
      metadata: { [WEIGHTS_METADATA_KEY]: JSON.stringify(options) },
    }),
  );
  small = ['--weights', weights, '--threads', '1'];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('watch', () => {
  it('predicts every so many seconds of a file, without drops when it need not play', async () => {
    const { code, out, err } = await slowfast(
      ...['watch', VIDEO, ...small, '--fast', '--every', '2', '--json'],
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const seen = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { time: number; drops: number; predictions: unknown[] });
    // A new frame enters the clip every 16/30 s; the first of these after each 2 s gives a prediction.
    const steps = Array.from({ length: 19 }, (_, k) => (k * 16) / 30);
    const due = [0, 1, 2, 3, 4].map((n) => steps.find((step) => step >= 1.6 + 2 * n - 1e-6)!);
    expect(seen).toHaveLength(due.length);
    // Frames of this file are 1/28 s apart.
    due.forEach((step, n) => expect(Math.abs(seen[n]!.time - step)).toBeLessThan(1 / 28 + 1e-6));
    for (const { drops, predictions } of seen) {
      expect(drops).toBe(0);
      expect(predictions).toHaveLength(3);
    }
  });

  it('plays a file as a camera would, and stops at Ctrl-C', async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    const result = await runSlowfast(['watch', VIDEO, ...small, '--every', '0.5'], {
      onOut: (text) => {
        lines.push(text);
        if (lines.length === 2) stop.abort(new Error('enough'));
      },
      signal: stop.signal,
    });
    expect(lines[0]).toMatch(/^1\.[67] s {2}.+ \d+\.\d % .*\(\d+ ms(?:, \d+ dropped)?\)\n$/);
    expect(lines).toHaveLength(2);
    expect(result.code).not.toBe(0);
  });

  it('says that a file is shorter than a clip, or not there', async () => {
    const short = join(folder, 'short.mp4');
    const frames = async function* () {
      for (let i = 0; i < 5; i++)
        yield { width: 64, height: 64, data: new Uint8Array(3 * 64 * 64) };
    };
    await writeVideo(short, frames(), { width: 64, height: 64, fps: 30 });
    expect(await slowfast('watch', short, ...small, '--fast')).toMatchObject({
      code: 1,
      out: '',
      err: `error: ${short}: expected at least a clip, which is 2.1 s long, received 5 frames. Take a longer one, or a model of shorter clips.\n`,
    });
    const missing = await slowfast('watch', join(folder, 'nowhere.mp4'), ...small);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.err).toContain(
      'nowhere.mp4: expected a video file, received a path where no file is',
    );
  });

  it.each([
    [['--every', '0'], 2, 'expected seconds from 0.01 to 3600'],
    [['--queue', '0'], 2, '--queue: expected a whole number of at least 1'],
  ])('refuses %j', async (args, code, message) => {
    const result = await slowfast('watch', VIDEO, ...args);
    expect(result.err).toContain(message);
    expect(result).toMatchObject({ code, out: '' });
  });
});
