import { LiveClips, type LiveFrame } from './live-clips.js';

const PREPROCESSING = {
  clip: { frames: 4, stride: 8, fps: 30 },
  sampling: 'pyslowfast',
  resize: 8,
  crop: 8,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  channelOrder: 'rgb',
  views: { clips: 1, crops: 1, combine: 'mean' },
} as const;
const FPS = 30;

/** A frame whose level says which one it is. */
const frame = (i: number, fps = FPS): LiveFrame => ({
  time: i / fps,
  width: 8,
  height: 8,
  data: new Uint8Array(8 * 8 * 3).fill(i % 256),
});

/** The levels of the first pixel of each frame of a clip. */
const levels = (data: Float32Array): number[] =>
  [0, 1, 2, 3].map((t) => Math.round(255 * data[64 * t]!));

/** Lets what waits for a promise go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('LiveClips', () => {
  it('refuses frames that become too large once resized', async () => {
    const clips = new LiveClips({ preprocessing: { ...PREPROCESSING, resize: 256, crop: 224 } });
    clips.push({ time: 0, width: 4096, height: 2, data: new Uint8Array(4096 * 2 * 3) });
    await expect(clips[Symbol.asyncIterator]().next()).rejects.toThrow(
      'live frame: expected resized frames of at most 37748736 pixels, received frames of 524288x256.',
    );
  });

  it('gives the frames that lie τ apart, every so many seconds', async () => {
    const clips = new LiveClips({ preprocessing: PREPROCESSING, every: 0.5, queue: 1000 });
    for (let i = 0; i < 64; i++) clips.push(frame(i));
    clips.end();
    const seen: unknown[] = [];
    for await (const { time, tensor } of clips) {
      expect(tensor.shape).toEqual([1, 3, 4, 8, 8]);
      seen.push([Math.round(time * FPS), ...levels(tensor.data)]);
    }
    // Steps of 8 frames; a clip when the first step after each half second has been seen.
    expect(seen).toEqual([
      [24, 0, 8, 16, 24],
      [40, 16, 24, 32, 40],
      [56, 32, 40, 48, 56],
    ]);
  });

  it('takes other rates, and lets a frame stand for those that are missing', async () => {
    const clips = new LiveClips({ preprocessing: PREPROCESSING, every: 10, queue: 1000 });
    for (const i of [0, 4, 20, 21, 24]) clips.push(frame(i));
    clips.end();
    const [first] = [await clips[Symbol.asyncIterator]().next()];
    expect(levels((first.value as { tensor: { data: Float32Array } }).tensor.data)).toEqual([
      0, 20, 20, 24,
    ]);
  });

  it('runs for an hour in the same memory, without drops, when the consumer keeps up', async () => {
    const clips = new LiveClips({ preprocessing: PREPROCESSING, every: 2 });
    let [predictions, most, behind] = [0, 0, 0];
    const consumer = (async () => {
      for await (const { drops, waiting } of clips) {
        predictions += 1;
        behind = Math.max(behind, waiting);
        expect(drops).toBe(0);
      }
    })();
    for (let i = 0; i < 3600 * FPS; i++) {
      clips.push(frame(i));
      // Chunks of a third of a second: faster than real time by far.
      if (i % 10 === 9) await turn();
      most = Math.max(most, clips.held);
    }
    clips.end();
    await consumer;
    expect(predictions).toBe(Math.ceil((3600 - 0.8) / 2));
    expect(most).toBeLessThanOrEqual(10 + 4);
    expect(behind).toBeLessThanOrEqual(10);
    expect(clips.drops).toBe(0);
  });

  it('drops the oldest, counts them and stays as far behind, when the consumer is slow', async () => {
    const clips = new LiveClips({ preprocessing: PREPROCESSING, every: 0.5, queue: 20 });
    const lags: number[] = [];
    const arrivals: number[] = [];
    const drops: number[] = [];
    let pushed = 0;
    const consumer = (async () => {
      for await (const clip of clips) {
        lags.push(pushed / FPS - clip.time);
        drops.push(clip.drops);
        arrivals.push(clip.arrivedAt);
        expect(clip.arrivedAt).toBeLessThanOrEqual(performance.now());
        // A model that takes a second of the stream.
        const until = pushed + FPS;
        while (pushed < until && pushed < 6000) await turn();
      }
    })();
    for (; pushed < 6000; pushed++) {
      clips.push(frame(pushed));
      await turn();
      expect(clips.held).toBeLessThanOrEqual(20 + 4);
    }
    clips.end();
    await consumer;
    expect(drops.at(-1)!).toBeGreaterThan(1000);
    expect(drops).toEqual([...drops].sort((a, b) => a - b));
    expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
    expect(Math.max(...lags)).toBeLessThanOrEqual(22 / FPS);
  });

  it('ends with the error of the source, and refuses what is none', async () => {
    const clips = new LiveClips({ preprocessing: PREPROCESSING });
    clips.push(frame(1));
    expect(() => clips.push(frame(1))).toThrow(/^live frame: expected a time after 0\.03\d* s, /);
    clips.end(new Error('the camera is gone'));
    await expect(clips[Symbol.asyncIterator]().next()).rejects.toThrow('the camera is gone');
    expect(() => new LiveClips({ preprocessing: PREPROCESSING, queue: 0 })).toThrow(
      'LiveClips.queue: expected a whole number of at least 1, received 0.',
    );
  });
});
