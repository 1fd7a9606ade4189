/**
 * @file From decoded frames and draws to a clip: scale, crop, colour, normalise, mirror, in this order. As
 * PySlowFast's `random_short_side_scale_jitter`, `random_crop`, `color_jitter` and `horizontal_flip`.
 * Needs no Node API.
 */
import { float32Tensor, type HostTensor } from '@slowfast/core';
import { normalise } from '../transform/normalise.js';
import { resizeFrame, type PlanarImage, type RgbImage } from '../transform/resize.js';
import { roundHalfEven } from '../transform/rounding.js';
import type { Size } from '../types.js';
import { jitterColour } from './colour.js';
import type { ClipDraw } from './draw.js';
import type { Augmentation } from './options.js';

/** The factor that the frame has over the crop. */
export function drawnScale({ scale: [least, most], inverseScale }: Augmentation, draw: number) {
  if (!inverseScale) return least + draw * (most - least);
  return 1 / (1 / most + draw * (1 / least - 1 / most));
}

/** A factor whose logarithm is drawn evenly. */
export const drawnFactor = ([least, most]: readonly [number, number], draw: number): number =>
  least * (most / least) ** draw;

/** The size that a frame is resized to before the crop is cut, its width over height changed by a factor. */
export function scaledSize(options: Augmentation, frame: Size, scale: number, ratio = 1): Size {
  const size = coveringSize(options, frame, scale);
  if (ratio === 1) return size;
  const [height, width] = options.crop;
  const root = Math.sqrt(ratio);
  return {
    width: Math.max(width, roundHalfEven(size.width * root)),
    height: Math.max(height, roundHalfEven(size.height / root)),
  };
}

function coveringSize({ aspect, crop }: Augmentation, frame: Size, scale: number): Size {
  const [height, width] = crop;
  if (aspect === 'stretch') {
    return { width: roundHalfEven(width * scale), height: roundHalfEven(height * scale) };
  }
  // The side that just covers is rounded, the other rounded down: for square crops the published rule.
  const byHeight = height * frame.width >= width * frame.height;
  if (byHeight) {
    const rows = roundHalfEven(height * scale);
    return {
      height: rows,
      width: Math.max(Math.floor((frame.width / frame.height) * rows), width),
    };
  }
  const columns = roundHalfEven(width * scale);
  return {
    width: columns,
    height: Math.max(Math.floor((frame.height / frame.width) * columns), height),
  };
}

/** Frames as decoded → the clip `[1, 3, T, H, W]`. Frames that are the same object are worked on once. */
export function augmentedClip(
  frames: readonly RgbImage[],
  draw: ClipDraw,
  options: Augmentation,
): HostTensor<'float32'> {
  const [height, width] = options.crop;
  const flip = options.flip && draw.flip < 0.5;
  const plane = height * width;
  const data = new Float32Array(3 * frames.length * plane);
  const done = new Map<RgbImage, PlanarImage>();
  for (const [t, frame] of frames.entries()) {
    const image = done.get(frame) ?? augmentedFrame(frame, draw, options);
    done.set(frame, image);
    for (let channel = 0; channel < 3; channel++) {
      const from = image.data.subarray(channel * plane, (channel + 1) * plane);
      const at = (channel * frames.length + t) * plane;
      if (flip) setMirrored(data, at, from, width);
      else data.set(from, at);
    }
  }
  return float32Tensor([1, 3, frames.length, height, width], data);
}

function augmentedFrame(frame: RgbImage, draw: ClipDraw, options: Augmentation): PlanarImage {
  const scale = drawnScale(options, draw.scale);
  const size = scaledSize(options, frame, scale, drawnFactor(options.ratio, draw.ratio));
  const method = options.sampling === 'mmaction2' ? 'bilinear-uint8' : 'bilinear';
  const image = cropped(resizeFrame(frame, size, method), options.crop, draw);
  jitterColour(image, draw, options.colour);
  normalise(image, options);
  return image;
}

function cropped(
  image: PlanarImage,
  [height, width]: readonly [number, number],
  draw: ClipDraw,
): PlanarImage {
  if (image.width === width && image.height === height) return image;
  const x = Math.floor(draw.x * (image.width - width + 1));
  const y = Math.floor(draw.y * (image.height - height + 1));
  const data = new Float32Array(3 * height * width);
  for (let row = 0; row < 3 * height; row++) {
    const channel = Math.floor(row / height);
    const from = (channel * image.height + y + (row % height)) * image.width + x;
    data.set(image.data.subarray(from, from + width), row * width);
  }
  return { width, height, data };
}

function setMirrored(to: Float32Array, at: number, from: Float32Array, width: number): void {
  for (let row = 0; row < from.length; row += width) {
    for (let x = 0; x < width; x++) to[at + row + x] = from[row + width - 1 - x]!;
  }
}
