/** @file Choosing frames of planes `[T·N, C, H, W]`: the frames are outermost, so that runs of them are contiguous. */
import type { OnnxEmitter } from '../emitter.js';

/** For each frame of a result the frame it is taken from, or -1: zeros. */
export type FrameMap = readonly number[];

/** The map back: for each of `frames` source frames the place it goes to, or -1. No frame may be taken twice. */
export function inverseMap(map: FrameMap, frames: number): FrameMap {
  return Array.from({ length: frames }, (_, frame) => map.indexOf(frame));
}

/** Whether a map takes every frame as it is. */
export const isIdentity = (map: FrameMap, frames: number): boolean =>
  map.length === frames && map.every((from, frame) => from === frame);

/** The frames of a map, of planes with `frames` frames; zeros where it says -1. */
export function mappedFrames(
  onnx: OnnxEmitter,
  name: string,
  planes: string,
  { map, frames, channels }: { map: FrameMap; frames: number; channels: number },
  area: readonly [number, number],
): string {
  if (isIdentity(map, frames)) return planes;
  const shaped = (value: string, part: string, count: number | undefined): string => {
    const shape = count === undefined ? [-1, channels, ...area] : [count, -1, channels, ...area];
    return onnx.emit('Reshape', `${name}/${part}`, [value, onnx.integers(shape)]);
  };
  const split = shaped(planes, 'frames', frames);
  if (map.every((from) => from < 0)) {
    const ranges = [[0], [map.length], [0]].map((part) => onnx.integers(part));
    const some = onnx.emit('Slice', `${name}/as many`, [split, ...ranges]);
    const size = onnx.emit('Shape', `${name}/shape`, [shaped(some, 'some', undefined)]);
    return onnx.emit('ConstantOfShape', `${name}/nothing`, [size]);
  }
  return shaped(chosen(onnx, name, split, map, frames), 'planes', undefined);
}

/** `[frames, N, C, H, W] → [map.length, N, C, H, W]`. */
function chosen(
  onnx: OnnxEmitter,
  name: string,
  split: string,
  map: FrameMap,
  frames: number,
): string {
  const first = map.findIndex((from) => from >= 0);
  const last = map.findLastIndex((from) => from >= 0);
  const run = map.slice(first, last + 1);
  const isRun = run.every((from, i) => from === run[0]! + i);
  const padded = (value: string, before: number, after: number, as: string): string => {
    if (before === 0 && after === 0) return value;
    const pads = [before, 0, 0, 0, 0, after, 0, 0, 0, 0];
    return onnx.emit('Pad', as, [value, onnx.integers(pads)]);
  };
  if (first >= 0 && isRun) {
    const zeros = [first, map.length - 1 - last] as const;
    const unseen = [run[0]!, frames - run[0]! - run.length] as const;
    const [before, after] = [zeros[0] - unseen[0], zeros[1] - unseen[1]];
    // Zeros at one end and frames left out at the other, which are negative padding: a shift in one pass.
    const isShift =
      zeros.some((count) => count > 0) && !zeros.some((count, i) => count * unseen[i]! > 0);
    if (isShift) return padded(split, before, after, `${name}/padded`);
    const ranges = [[run[0]!], [run[0]! + run.length], [0]];
    const taken =
      run.length === frames
        ? split
        : onnx.emit('Slice', `${name}/run`, [split, ...ranges.map((part) => onnx.integers(part))]);
    return padded(taken, zeros[0], zeros[1], `${name}/padded`);
  }
  // A frame of zeros at the end stands for all that are missing.
  const whole = map.includes(-1) ? padded(split, 0, 1, `${name}/zeros`) : split;
  const indices = onnx.integers(map.map((from) => (from < 0 ? frames : from)));
  return onnx.emit('Gather', `${name}/chosen`, [whole, indices], { axis: { int: 0 } });
}
