import { clipFrames, slidingWindows } from '../index.js';
import { evenTimeline } from './timeline.js';
import { placedClipFrames } from './clip-frames.js';

const CLIP = { frames: 8, stride: 4, fps: 30 };

describe('placedClipFrames', () => {
  const timeline = evenTimeline(100, 30);

  it('starts where the first clip of a test starts, and ends where the last one does', () => {
    // Seconds without a rounding error.
    const clip = { ...CLIP, fps: 32 };
    const exact = evenTimeline(100, 32);
    for (const preset of ['pytorchvideo', 'custom'] as const) {
      const clips = clipFrames(preset, exact, clip, 10);
      expect(placedClipFrames(preset, exact, clip, 0)).toEqual(clips[0]);
      expect(placedClipFrames(preset, exact, clip, 1)).toEqual(clips[9]);
    }
    // mmaction2 leaves room for whole steps in training, and for the last frame alone in a test.
    const last = placedClipFrames('mmaction2', timeline, CLIP, 1 - 1e-9);
    expect(last.frames[0]).toBe(100 - 8 * 4);
    expect(clipFrames('mmaction2', timeline, CLIP, 10)[9]!.frames[0]).toBe(100 - 7 * 4 - 1);
  });

  it('is the clip of the test at the same part of the room', () => {
    const tests = clipFrames('pyslowfast', timeline, CLIP, 10);
    tests.forEach((clip, i) =>
      expect(placedClipFrames('pyslowfast', timeline, CLIP, i / 10)).toEqual(clip),
    );
  });

  it('fills a short video as the preset does', () => {
    const short = evenTimeline(10, 30);
    expect(placedClipFrames('mmaction2', short, CLIP, 0.5)).toEqual({
      frames: [0, 4, 8, 2, 6, 0, 4, 8],
      padded: true,
      truncated: false,
    });
  });
});

describe('slidingWindows', () => {
  it('counts frames at its own rate, whatever that of the video', () => {
    const windows = slidingWindows(evenTimeline(50, 25), {
      ...{ window: 32, stride: 16, fps: 30, frames: 4 },
    });
    // Two seconds are 60 frames at 30 a second: windows start at 0 and 16.
    expect(windows.map(({ start, end }) => [start * 30, end * 30])).toEqual([
      [0, 32],
      [16, 48],
    ]);
    // Frames 0, 10, 20, 31 of the window, at 25 frames a second.
    expect(windows[0]!.frames).toEqual([0, 8, 16, 25]);
    expect(windows[1]!.frames).toEqual(
      [16, 26, 36, 47].map((k) => Math.floor((k * 25) / 30 + 0.05)),
    );
  });

  it('ends with the last whole window, and holds the last frame of a short video', () => {
    const options = { window: 10, stride: 5, fps: 10, frames: 10 };
    expect(slidingWindows(evenTimeline(24, 10), options)).toHaveLength(3);
    expect(slidingWindows(evenTimeline(25, 10), options)).toHaveLength(4);
    expect(slidingWindows(evenTimeline(4, 10), options)).toMatchObject([
      { frames: [0, 1, 2, 3, 3, 3, 3, 3, 3, 3], padded: true, start: 0, end: 1 },
    ]);
  });

  it('refuses numbers that are none', () => {
    const options = { window: 10, stride: 0, fps: 10, frames: 10 };
    expect(() => slidingWindows(evenTimeline(4, 10), options)).toThrow(
      'stride: expected a positive integer, received 0.',
    );
    expect(() => slidingWindows(evenTimeline(4, 10), { ...options, stride: 1, fps: 0 })).toThrow(
      'fps: expected a positive frame rate, received 0.',
    );
  });
});
