/**
 * @file The pixels of the browser's frames as RGB24, as the decoders of Node give them: from the planes where the browser
 * hands them out, else by its own conversion, which manages colours and so differs by some levels.
 */
import { rgbOfYuv, type Plane } from '../transform/yuv.js';
import type { RgbImage } from '../transform/resize.js';

/** What a format's planes are: bits, and columns and rows of pixels for a chroma sample as powers of two. */
interface PlanarFormat {
  readonly depth: 8 | 10 | 12;
  readonly chromaShift: readonly [number, number];
}

const SUBSAMPLING: Readonly<Record<string, readonly [number, number]>> = {
  I420: [1, 1],
  NV12: [1, 1],
  I422: [1, 0],
  I444: [0, 0],
};

/** The planes of `I420`, `I420A`, `I420P10`, `NV12`, …; `undefined` for RGB and for frames that stay on the GPU. */
function planarFormat(format: string | null): PlanarFormat | undefined {
  const [, name = '', depth = '8'] = /^(I4\d\d|NV12)A?(?:P(10|12))?$/.exec(format ?? '') ?? [];
  const chromaShift = SUBSAMPLING[name];
  return chromaShift && { chromaShift, depth: Number(depth) as PlanarFormat['depth'] };
}

/** Pixels of a frame, and whether they are the browser's own conversion. */
export interface FramePixels extends RgbImage {
  readonly isConverted: boolean;
}

/** Copies the pixels out of a frame, which may be closed then. */
export async function framePixels(frame: VideoFrame): Promise<FramePixels> {
  const planar = planarFormat(frame.format);
  return planar ? fromPlanes(frame, planar) : fromRgb(frame);
}

async function fromPlanes(frame: VideoFrame, planar: PlanarFormat): Promise<FramePixels> {
  const { width, height } = frame.visibleRect!;
  const bytes = new Uint8Array(frame.allocationSize());
  const layout = await frame.copyTo(bytes);
  const wide = planar.depth > 8;
  const plane = ({ offset, stride }: PlaneLayout, step = 1, shift = 0): Plane => ({
    samples: wide
      ? new Uint16Array(bytes.buffer, offset)
      : bytes.subarray(offset + shift, bytes.length),
    stride: wide ? stride / 2 : stride,
    step,
  });
  const [y, u, v] = layout as [PlaneLayout, PlaneLayout, PlaneLayout | undefined];
  const data = rgbOfYuv({
    width,
    height,
    y: plane(y),
    // Without a third plane both chroma samples alternate in the second.
    u: v ? plane(u) : plane(u, 2),
    v: v ? plane(v) : plane(u, 2, 1),
    ...planar,
    fullRange: frame.colorSpace.fullRange === true,
  });
  return { width, height, data, isConverted: false };
}

async function fromRgb(frame: VideoFrame): Promise<FramePixels> {
  const { width, height } = frame.visibleRect!;
  const options = { format: 'RGBA' } as const;
  const bytes = new Uint8Array(frame.allocationSize(options));
  await frame.copyTo(bytes, options);
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = bytes[from]!;
    data[to + 1] = bytes[from + 1]!;
    data[to + 2] = bytes[from + 2]!;
  }
  return { width, height, data, isConverted: true };
}

/** What is wrong with frames whose pixels the browser converted. */
export const CONVERTED =
  'The browser hands out no planes of these frames, only RGB by its own conversion: scores may differ in the second digit from those elsewhere.';
