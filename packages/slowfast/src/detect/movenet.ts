/** @file People and their joints by MoveNet MultiPose, a network of Google's for up to six people in a frame. */
import { fileText, type CompiledModel, type HostTensor } from '@slowfast/core';
import { loadOnnx, onnxOfGraphModel, type OnnxBackendChoice } from '@slowfast/runtime-onnx';
import { resizeFrame, type Box, type RgbImage, type Size } from '@slowfast/video';
import { JOINTS } from './keypoints.js';
import { suppressed, type PersonBox } from './person-box.js';

/** Names of the model's files, without their endings. */
export const MOVENET = 'movenet-multipose';

/** Sides of the network's input are multiples of it. */
const STEP = 32;
/** The longer side of what the network is shown, in pixels; its authors trained at 256. */
const LONGER_SIDE = 256;
/** Least score of a person: on the frames that were looked at nothing above it was no person. */
export const MOVENET_THRESHOLD = 0.2;
/** Two boxes that overlap more than this are of one person. */
const SUPPRESSION = 0.7;
/** Numbers a person: 17 joints of y, x and score; ymin, xmin, ymax, xmax; score. */
const NUMBERS = 3 * JOINTS.length + 5;

/** Opens the model of a folder on ONNX Runtime: it is carried over from TensorFlow.js as it is read. */
export async function openMovenet(
  folder: string,
  backend?: OnnxBackendChoice,
): Promise<CompiledModel> {
  const [{ readFile }, { join }] = await Promise.all([
    import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'),
    import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path'),
  ]);
  const [json, weights] = await Promise.all([
    fileText(join(folder, `${MOVENET}.json`)),
    readFile(join(folder, `${MOVENET}.bin`)),
  ]);
  const bytes = await onnxOfGraphModel({ name: MOVENET, json, weights });
  return loadOnnx(bytes, backend === undefined ? {} : { backend });
}

/** The input's size for a frame: its aspect to the nearest step. */
export function movenetSize({ width, height }: Size): Size {
  const scale = LONGER_SIDE / Math.max(width, height);
  const side = (length: number): number =>
    Math.max(STEP, STEP * Math.round((length * scale) / STEP));
  return { width: side(width), height: side(height) };
}

/** People in a frame whose score is at least `threshold`, best first, with their joints. */
export async function movenetPeople(
  model: CompiledModel,
  frame: RgbImage,
  threshold: number,
): Promise<readonly PersonBox[]> {
  const size = movenetSize(frame);
  const outputs = await model.run({ [Object.keys(model.inputs)[0]!]: levels(frame, size) });
  const { data } = Object.values(outputs)[0]!;
  const people: PersonBox[] = [];
  for (let at = 0; at + NUMBERS <= data.length; at += NUMBERS) {
    const number = (i: number): number => hold(Number(data[at + i]));
    const score = number(NUMBERS - 1);
    const [top, left, bottom, right] = [5, 4, 3, 2].map((back) => number(NUMBERS - back));
    if (score < threshold || top! >= bottom! || left! >= right!) continue;
    const keypoints = JOINTS.map((name, j) => ({
      name,
      x: number(3 * j + 1),
      y: number(3 * j),
      score: number(3 * j + 2),
    }));
    const box: Box = [left!, top!, right!, bottom!];
    people.push({ box, score, keypoints });
  }
  return suppressed(people, SUPPRESSION);
}

const hold = (value: number): number => Math.min(Math.max(value, 0), 1);

/** `[1, H, W, 3]`, levels 0 to 255. */
function levels(frame: RgbImage, size: Size): HostTensor<'int32'> {
  // The mean of the pixels that a smaller one covers: otherwise thin limbs of large frames are lost between samples.
  const { data } = resizeFrame(frame, size, 'area');
  const area = size.width * size.height;
  const pixels = new Int32Array(3 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = Math.round(data[c * area + i]!);
  }
  return { dtype: 'int32', shape: [1, size.height, size.width, 3], data: pixels };
}
