/** @file Runs a person detector on a frame, as its adapter says. */
import {
  dataError,
  float32Tensor,
  valueText,
  type CompiledModel,
  type HostTensor,
} from '@slowfast/core';
import { resizeFrame, type Box, type RgbImage } from '@slowfast/video';
import type { AdapterInput, PersonAdapter } from './person-adapter.js';
import { suppressed, type PersonBox } from './person-box.js';

/** Width and height, as detectors take them that give boxes in pixels of the original frame. */
export const sizesTensor = (width: number, height: number): HostTensor<'int64'> => ({
  ...{ dtype: 'int64', shape: [1, 2] },
  data: BigInt64Array.of(BigInt(width), BigInt(height)),
});

/** Where the frame lies in the detector's input, in pixels. */
interface Placement {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Grey of the padding around a letterboxed frame. */
const PADDING = 114;

/** People in a frame whose score is at least `threshold`, best first. */
export async function detectPeople(
  model: CompiledModel,
  adapter: PersonAdapter,
  frame: RgbImage,
  threshold: number,
): Promise<readonly PersonBox[]> {
  const { input } = adapter;
  const size = input.size === 'frame' ? ([frame.height, frame.width] as const) : input.size;
  const name = input.name ?? Object.keys(model.inputs)[0]!;
  const placement = placementOf(size, input.fit, frame);
  const outputs = await model.run({
    [name]: inputTensor(input, size, frame, placement),
    ...(input.sizes && { [input.sizes]: sizesTensor(size[1], size[0]) }),
  });
  const candidates = DECODERS[adapter.style](adapter, outputs).filter(
    ({ score }) => score >= threshold,
  );
  const found = candidates.flatMap(({ numbers, score }) => {
    const box = boxOf(adapter, size, numbers, placement);
    return box[0] < box[2] && box[1] < box[3] ? [{ box, score }] : [];
  });
  return suppressed(found, adapter.suppression);
}

type InputSize = readonly [height: number, width: number];

function placementOf([height, width]: InputSize, fit: string, frame: RgbImage): Placement {
  if (fit === 'stretch') return { x: 0, y: 0, width, height };
  const scale = Math.min(height / frame.height, width / frame.width);
  const inner = {
    width: Math.max(1, Math.round(frame.width * scale)),
    height: Math.max(1, Math.round(frame.height * scale)),
  };
  return {
    x: Math.floor((width - inner.width) / 2),
    y: Math.floor((height - inner.height) / 2),
    ...inner,
  };
}

/** `[1, 3, H, W]` or `[1, H, W, 3]`; without the 1 where it is a single image. */
function inputTensor(
  input: AdapterInput,
  [height, width]: InputSize,
  frame: RgbImage,
  at: Placement,
): HostTensor<'float32'> {
  const image = resizeFrame(frame, at, 'bilinear');
  const data = new Float32Array(3 * height * width);
  const planar = input.layout === 'nchw';
  for (let c = 0; c < 3; c++) {
    const from = (input.channels === 'rgb' ? c : 2 - c) * at.width * at.height;
    const level = (value: number): number => (value / 255 - input.mean[c]!) / input.std[c]!;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [row, column] = [y - at.y, x - at.x];
        const inside = row >= 0 && row < at.height && column >= 0 && column < at.width;
        const value = inside ? image.data[from + row * at.width + column]! : PADDING;
        data[planar ? (c * height + y) * width + x : (y * width + x) * 3 + c] = level(value);
      }
    }
  }
  const shape = planar ? [3, height, width] : [height, width, 3];
  return float32Tensor(input.single ? shape : [1, ...shape], data);
}

interface Candidate {
  readonly numbers: readonly number[];
  readonly score: number;
}

type Outputs = Readonly<Record<string, HostTensor>>;

/** Rows of `[1, n, k]` (or `[n, k]`), of `[1, k, n]` when they lie along the last axis. */
function rowsOf(outputs: Outputs, name: string, order: 'rows' | 'columns' = 'rows') {
  const tensor = outputs[name];
  if (!tensor) throw unfit(`output ${name}`, Object.keys(outputs).join(' or '), name);
  const shape = tensor.shape.length > 1 ? tensor.shape.slice(-2) : [tensor.shape[0] ?? 1, 1];
  const batch = tensor.shape.slice(0, -2);
  if (batch.some((size) => size !== 1)) {
    throw unfit(`output ${name}`, 'one image', tensor.shape);
  }
  const [a, b] = shape as [number, number];
  const [count, size] = order === 'rows' ? [a, b] : [b, a];
  const at = (row: number, i: number): number =>
    Number(tensor.data[order === 'rows' ? row * size + i : i * count + row]);
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: size }, (_, i) => at(row, i)),
  );
}

/** The score of one class of a row of outputs. */
function activatedAt(row: readonly number[], index: number, { activation }: PersonAdapter): number {
  const value = row[index];
  if (value === undefined) throw unfit('person', `a class of 0..${row.length - 1}`, index);
  if (activation === 'sigmoid') return 1 / (1 + Math.exp(-value));
  if (activation === 'none') return value;
  const top = Math.max(...row);
  return Math.exp(value - top) / row.reduce((sum, x) => sum + Math.exp(x - top), 0);
}

const DECODERS: Readonly<
  Record<PersonAdapter['style'], (adapter: PersonAdapter, outputs: Outputs) => Candidate[]>
> = {
  yolo: (adapter, outputs) =>
    rowsOf(outputs, adapter.outputs.boxes, adapter.order).map((row) => {
      const classes = row.slice(adapter.objectness ? 5 : 4);
      const objectness = adapter.objectness ? row[4]! : 1;
      return {
        numbers: row.slice(0, 4),
        score: objectness * activatedAt(classes, adapter.person, adapter),
      };
    }),
  rows: (adapter, outputs) =>
    rowsOf(outputs, adapter.outputs.boxes).map((row) => ({
      numbers: row.slice(0, 4),
      score: row[5] === adapter.person ? row[4]! : 0,
    })),
  detr: withScores,
  ssd(adapter, outputs) {
    const { labels } = adapter.outputs;
    if (labels === undefined) return withScores(adapter, outputs);
    const scores = flat(outputs, adapter.outputs.scores!);
    const classes = flat(outputs, labels);
    return rowsOf(outputs, adapter.outputs.boxes).map((numbers, i) => ({
      numbers,
      score: classes[i] === adapter.person ? scores[i]! : 0,
    }));
  },
};

function flat(outputs: Outputs, name: string): readonly number[] {
  const tensor = outputs[name];
  if (!tensor) throw unfit(`output ${name}`, Object.keys(outputs).join(' or '), name);
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

function withScores(adapter: PersonAdapter, outputs: Outputs): Candidate[] {
  const scores = rowsOf(outputs, adapter.outputs.scores!);
  return rowsOf(outputs, adapter.outputs.boxes).map((numbers, i) => ({
    numbers,
    score: activatedAt(scores[i] ?? [], adapter.person, adapter),
  }));
}

/** Corners in parts of the frame, held within it. */
function boxOf(
  { format, unit }: PersonAdapter,
  size: InputSize,
  numbers: readonly number[],
  at: Placement,
): Box {
  const [a, b, c, d] = numbers as [number, number, number, number];
  const corners =
    format === 'cxcywh'
      ? [a - c / 2, b - d / 2, a + c / 2, b + d / 2]
      : format === 'xyxy'
        ? [a, b, c, d]
        : [b, a, d, c];
  const [height, width] = unit === 'parts' ? size : [1, 1];
  const hold = (value: number): number => Math.min(Math.max(value, 0), 1);
  const [x1, y1, x2, y2] = corners.map((value, i) =>
    hold(i % 2 === 0 ? (value * width - at.x) / at.width : (value * height - at.y) / at.height),
  );
  return [x1!, y1!, x2!, y2!];
}

const unfit = (key: string, expected: string, received: unknown): Error =>
  dataError(`adapter ${key}`, expected, valueText(received));
