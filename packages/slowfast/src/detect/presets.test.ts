/** @file Detectors of the shapes that people export, made here: networks whose boxes are constants, run by ONNX Runtime. */
import {
  GraphBuilder,
  float32Tensor,
  memoryStore,
  type CompiledModel,
  type HostTensor,
  type Value,
} from '@slowfast/core';
import { loadOnnx, onnxBytes, onnxOfGraphModel } from '@slowfast/runtime-onnx';
import type { RgbImage } from '@slowfast/video';
import { detectPeople } from './person-detector.js';
import { presetOf } from './presets.js';

const FRAME: RgbImage = { width: 128, height: 64, data: new Uint8Array(128 * 64 * 3).fill(90) };
/** Places of the grids of a 64 × 64 input. */
const GRID = 64 + 16 + 4;

/** A file that takes `[N, 3, 64, 64]` and gives constants. */
async function detector(outputs: Readonly<Record<string, readonly (readonly number[])[]>>) {
  const g = GraphBuilder.empty('detector');
  const mean = g.mean(g.input('images', { dtype: 'float32', shape: [1, 3, 64, 64] }), [2, 3]);
  const weights = new Map<string, HostTensor>();
  const built: Record<string, Value> = {};
  for (const [name, rows] of Object.entries(outputs)) {
    const count = rows.length * rows[0]!.length;
    built[name] = g.reshape(g.linear(mean, count, name), [1, rows.length, rows[0]!.length]);
    weights.set(`${name}.weight`, float32Tensor([count, 3], new Float32Array(3 * count)));
    weights.set(`${name}.bias`, float32Tensor([count], Float32Array.from(rows.flat())));
  }
  return loadOnnx(
    await onnxBytes({ name: 'detector', graph: g.build(built) }, memoryStore(weights)),
  );
}

/** Labels are integers in these, which our own networks do not give: a graph model of constants. */
async function labelledDetector(
  shape: readonly number[],
  hasSizes: boolean,
  boxes: readonly number[],
) {
  const batch = hasSizes ? [1] : [];
  const tensorShape = (sizes: readonly number[]) => ({ dim: sizes.map((size) => ({ size })) });
  const input = (name: string, type: string, sizes: readonly number[]) => ({
    ...{ name, op: 'Placeholder' },
    attr: { dtype: { type }, shape: { shape: tensorShape(sizes) } },
  });
  const constants = [
    { name: 'a', dtype: 'float32', data: Float32Array.from(boxes), shape: [...batch, 2, 4] },
    { name: 'b', dtype: 'int32', data: Int32Array.of(3, hasSizes ? 0 : 1), shape: [...batch, 2] },
    { name: 'c', dtype: 'float32', data: Float32Array.of(0.99, 0.9), shape: [...batch, 2] },
  ];
  const json = {
    modelTopology: {
      node: [
        input('images', 'DT_FLOAT', shape),
        ...(hasSizes ? [input('orig_target_sizes', 'DT_INT64', [1, 2])] : []),
        ...constants.map(({ name }) => ({ name: `${name}_`, op: 'Const' })),
      ],
    },
    signature: {
      outputs: Object.fromEntries(
        constants.map(({ name, dtype, shape: sizes }) => [
          name,
          {
            name: `${name}_:0`,
            dtype: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT',
            tensorShape: tensorShape(sizes),
          },
        ]),
      ),
    },
    weightsManifest: [
      {
        weights: constants.map(({ name, dtype, shape: sizes }) => ({
          ...{ name: `${name}_`, dtype, shape: sizes },
        })),
      },
    ],
  };
  const weights = Buffer.concat(constants.map(({ data }) => Buffer.from(data.buffer)));
  return loadOnnx(
    await onnxOfGraphModel({ name: 'labelled', json: JSON.stringify(json), weights }),
  );
}

/** Rows, filled up with empty ones of the same length. */
const filled = (count: number, rows: readonly (readonly number[])[]): number[][] =>
  Array.from({ length: count }, (_, i) => [...(rows[i] ?? rows[0]!.map(() => 0))]);

const turned = (rows: readonly (readonly number[])[]): number[][] =>
  rows[0]!.map((_, i) => rows.map((row) => row[i]!));

const classes = (count: number, person: number): number[] => [
  person,
  ...new Array(count - 1).fill(0),
];

async function found(model: CompiledModel): Promise<unknown> {
  const { kind, outputs, adapter, threshold } = await presetOf(model, 'detector.onnx');
  const people = await detectPeople(model, adapter, FRAME, threshold);
  const round = (value: number): number => Number(value.toFixed(3));
  return {
    kind,
    outputs,
    people: people.map(({ box, score }) => [...box.map(round), round(score)]),
  };
}

describe('presetOf', () => {
  // The frame of 2:1 lies in the middle of the square: 16 rows of padding above and below.
  it.each([
    [
      'YOLOv8',
      {
        output0: turned(
          filled(GRID, [
            [32, 32, 32, 16, ...classes(80, 0.9)],
            [33, 32, 32, 16, ...classes(80, 0.7)],
            [10, 24, 8, 8, ...classes(80, 0.6)],
          ]),
        ),
      },
      {
        kind: 'yolo',
        outputs: 'output0 [1, 4 + 80, 84] (YOLOv8, YOLO11)',
        people: [
          [0.25, 0.25, 0.75, 0.75, 0.9],
          [0.094, 0.125, 0.219, 0.375, 0.6],
        ],
      },
    ],
    [
      'YOLOv5',
      { output0: filled(3 * GRID, [[32, 32, 32, 16, 0.9, ...classes(80, 0.8)]]) },
      {
        kind: 'yolo',
        outputs: 'output0 [1, 252, 5 + 80] (YOLOv5, YOLOv7)',
        people: [[0.25, 0.25, 0.75, 0.75, 0.72]],
      },
    ],
    [
      'YOLO with suppression inside',
      {
        output0: filled(300, [
          [16, 24, 48, 40, 0.9, 0],
          [0, 24, 48, 40, 0.95, 2],
        ]),
      },
      {
        kind: 'yolo',
        outputs: 'output0 [1, 300, 6] (YOLOv10, or YOLO with its suppression inside)',
        people: [[0.25, 0.25, 0.75, 0.75, 0.9]],
      },
    ],
    [
      'RT-DETR of Ultralytics',
      { output0: filled(300, [[0.5, 0.5, 0.5, 0.5, ...classes(81, 0.8)]]) },
      {
        kind: 'rt-detr',
        outputs: 'output0 [1, 300, 4 + 81]',
        people: [[0.25, 0.25, 0.75, 0.75, 0.8]],
      },
    ],
    [
      'RT-DETR of transformers',
      {
        logits: filled(300, [[Math.log(4), ...new Array(79).fill(-9)]]).map((row, i) =>
          i === 0 ? row : row.map(() => -9),
        ),
        pred_boxes: filled(300, [[0.5, 0.5, 0.5, 0.5]]),
      },
      {
        kind: 'rt-detr',
        outputs: 'pred_boxes, logits of 80',
        people: [[0.25, 0.25, 0.75, 0.75, 0.8]],
      },
    ],
    [
      'DETR',
      {
        logits: filled(100, [[0, 9, ...new Array(90).fill(0)]]),
        pred_boxes: filled(100, [[0.5, 0.5, 0.5, 0.5]]),
      },
      {
        kind: 'detr',
        outputs: 'pred_boxes, logits of 92',
        people: [[0.25, 0.25, 0.75, 0.75, 0.989]],
      },
    ],
  ])('%s', async (_name, outputs, wanted) => {
    await using model = await detector(outputs);
    expect(await found(model)).toEqual(wanted);
  });

  it.each([
    ['torchvision, one image', [3, 64, 64], false, [16, 16, 48, 48]],
    ['torchvision, any size', [1, 3, -1, -1], false, [32, 16, 96, 48]],
    ['RT-DETR of its authors', [1, 3, 64, 64], true, [16, 16, 48, 48]],
  ])('boxes, labels and scores: %s', async (_name, shape, hasSizes, box) => {
    await using model = await labelledDetector(shape, hasSizes, [...box, ...box]);
    expect(await found(model)).toEqual({
      kind: hasSizes ? 'rt-detr' : 'torchvision',
      outputs: 'a (boxes), b (labels), c (scores)',
      people: [[0.25, 0.25, 0.75, 0.75, 0.9]],
    });
  });

  it('refuses what it does not know', async () => {
    await using model = await detector({ one: filled(7, [[1, 2, 3]]) });
    await expect(presetOf(model, 'detector.onnx')).rejects.toThrow(
      'detector.onnx: expected a detector as YOLO, RT-DETR, DETR or torchvision export it, received the outputs one [1, 7, 3]. Say by --adapter FILE.json how it takes frames and gives boxes.',
    );
  });
});
