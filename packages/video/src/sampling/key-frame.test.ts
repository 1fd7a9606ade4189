import { frameAt, keyFrameClip, keyFrameOffsets } from './key-frame.js';
import { evenTimeline } from './timeline.js';

const CLIP = { frames: 32, stride: 2, fps: 30 } as const;
const range = (start: number, count: number, step: number): number[] =>
  Array.from({ length: count }, (_, i) => start + i * step);

describe('keyFrameClip', () => {
  // A quarter of an hour at 30 frames a second, as AVA's validation videos.
  const ava = evenTimeline(27_030, 30);

  it('PySlowFast and mmaction2 take range(c − 32, c + 32, 2) around (second − 900) · 30', () => {
    const centre = (1000 - 900) * 30;
    for (const preset of ['pyslowfast', 'mmaction2'] as const) {
      const clip = keyFrameClip(preset, ava, CLIP, 1000 - 900);
      expect(clip.frames).toEqual(range(centre - 32, 32, 2));
      expect(clip).toMatchObject({ padded: false, truncated: false });
    }
  });

  it('holds frames within the video', () => {
    const first = keyFrameClip('pyslowfast', ava, CLIP, 0);
    expect(first.frames).toEqual([...new Array(16).fill(0), ...range(0, 16, 2)]);
    expect(first.padded).toBe(true);
    const short = evenTimeline(40, 30);
    const { frames } = keyFrameClip('mmaction2', short, CLIP, 1);
    expect(frames.slice(0, 3)).toEqual([0, 0, 2]);
    expect(frames.slice(-12)).toEqual([38, ...new Array(11).fill(39)]);
  });

  it('at another rate PySlowFast takes what is shown at the same times, mmaction2 the same steps', () => {
    const film = evenTimeline(15_000, 25);
    const { frames } = keyFrameClip('pyslowfast', film, CLIP, 100);
    expect(frames).toEqual(range(3000 - 32, 32, 2).map((i) => Math.floor((i / 30) * 25 + 1e-6)));
    expect(keyFrameClip('mmaction2', film, CLIP, 100).frames).toEqual(range(2500 - 32, 32, 2));
  });

  it('PyTorchVideo takes frames evenly from half the duration before to after', () => {
    const { frames } = keyFrameClip('pytorchvideo', ava, CLIP, 100);
    expect([frames.length, frames[0], frames.at(-1)]).toEqual([32, 2968, 2968 + 63]);
    const start = keyFrameClip('pytorchvideo', ava, CLIP, 0);
    expect([start.frames[0], start.frames.at(-1), start.padded]).toEqual([0, 31, true]);
  });

  it('clips of odd length lie as Python’s floor division puts them', () => {
    expect(keyFrameOffsets({ frames: 3, stride: 3, fps: 30 })).toEqual([-4, -1, 2]);
  });

  it('refuses times outside of the video', () => {
    expect(() => keyFrameClip('pyslowfast', ava, CLIP, 902)).toThrow(
      'key frame: expected a time within 0..901.000 s, received 902 s.',
    );
  });
});

test('frameAt gives the frame that is shown', () => {
  const timeline = evenTimeline(10, 25);
  expect([0, 0.039, 0.04, 0.2, 0.21, 5].map((t) => frameAt(timeline, t))).toEqual([
    0, 0, 1, 5, 5, 9,
  ]);
});
