/** @file Detectors of each style, made here: networks whose boxes are constants, run by ONNX Runtime. */
import {
  GraphBuilder,
  float32Tensor,
  memoryStore,
  type HostTensor,
  type Value,
} from '@slowfast/core';
import { loadOnnx, onnxBytes } from '@slowfast/runtime-onnx';
import type { RgbImage } from '@slowfast/video';
import { readAdapter } from './person-adapter.js';
import { detectPeople } from './person-detector.js';

/** A file with an input `images` and outputs of constant rows. */
async function detectorFile(
  size: readonly [number, number],
  outputs: Readonly<Record<string, readonly (readonly number[])[]>>,
): Promise<Uint8Array> {
  const g = GraphBuilder.empty('detector');
  const images = g.input('images', { dtype: 'float32', shape: ['N', 3, ...size] });
  const mean = g.mean(images, [2, 3]);
  const weights = new Map<string, HostTensor>();
  const built: Record<string, Value> = {};
  for (const [name, rows] of Object.entries(outputs)) {
    const count = rows.length * rows[0]!.length;
    const flat = g.linear(mean, count, name);
    built[name] = g.reshape(flat, ['N', rows.length, rows[0]!.length]);
    weights.set(`${name}.weight`, float32Tensor([count, 3], new Float32Array(3 * count)));
    weights.set(`${name}.bias`, float32Tensor([count], Float32Array.from(rows.flat())));
  }
  return onnxBytes({ name: 'detector', graph: g.build(built) }, memoryStore(weights));
}

const FRAME: RgbImage = { width: 200, height: 100, data: new Uint8Array(200 * 100 * 3).fill(90) };

async function found(
  adapter: object,
  size: readonly [number, number],
  outputs: Parameters<typeof detectorFile>[1],
  threshold = 0.5,
): Promise<unknown> {
  await using model = await loadOnnx(await detectorFile(size, outputs));
  const people = await detectPeople(
    model,
    readAdapter('adapter.json', JSON.stringify(adapter)),
    FRAME,
    threshold,
  );
  const round = (value: number): number => Number(value.toFixed(4));
  return people.map(({ box, score }) => [...box.map(round), round(score)]);
}

/** Columns of rows. */
const turned = (rows: readonly (readonly number[])[]): number[][] =>
  rows[0]!.map((_, i) => rows.map((row) => row[i]!));

describe('detectPeople', () => {
  it('YOLO: columns in pixels of a letterboxed input, suppressed', async () => {
    // 200 x 100 in 160 x 160: 160 x 80, 40 rows of padding above.
    const rows = [
      [80, 80, 80, 40, 0.9, 0.1],
      [82, 80, 80, 40, 0.8, 0.1],
      [20, 60, 20, 20, 0.6, 0.9],
      [100, 100, 20, 20, 0.2, 0.95],
    ];
    const adapter = {
      style: 'yolo',
      input: { size: [160, 160], fit: 'letterbox' },
      outputs: { boxes: 'output0' },
    };
    expect(await found(adapter, [160, 160], { output0: turned(rows) })).toEqual([
      [0.25, 0.25, 0.75, 0.75, 0.9],
      [0.0625, 0.125, 0.1875, 0.375, 0.6],
    ]);
  });

  it('YOLO: rows with objectness, another class', async () => {
    const adapter = {
      style: 'yolo',
      order: 'rows',
      objectness: true,
      person: 1,
      input: { size: [50, 100] },
      outputs: { boxes: 'out' },
    };
    const rows = [
      [50, 25, 50, 25, 0.9, 0.1, 0.8],
      [50, 25, 50, 25, 0.5, 0.1, 0.8],
    ];
    expect(await found(adapter, [50, 100], { out: rows })).toEqual([
      [0.25, 0.25, 0.75, 0.75, 0.72],
    ]);
  });

  it('DETR: logits with "nothing" as last class, centres in parts', async () => {
    const adapter = {
      style: 'detr',
      person: 1,
      input: { size: [64, 64], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
      outputs: { boxes: 'pred_boxes', scores: 'logits' },
    };
    const outputs = {
      pred_boxes: [
        [0.5, 0.5, 0.2, 0.4],
        [0.9, 0.5, 0.4, 0.4],
        [0.2, 0.2, 0.1, 0.1],
      ],
      logits: [
        [0, Math.log(6), 0, 0],
        [0, Math.log(9), 0, Math.log(2)],
        [0, 0, 0, 9],
      ],
    };
    expect(await found(adapter, [64, 64], outputs)).toEqual([
      [0.7, 0.3, 1, 0.7, 0.6923],
      [0.4, 0.3, 0.6, 0.7, 0.6667],
    ]);
  });

  it('SSD: corners with labels beside scores', async () => {
    const adapter = {
      style: 'ssd',
      person: 1,
      format: 'yxyx',
      input: { size: [30, 30], layout: 'nchw', channels: 'bgr' },
      outputs: { boxes: 'boxes', scores: 'scores', labels: 'classes' },
    };
    const outputs = {
      boxes: [
        [0.1, 0.2, 0.5, 0.6],
        [0, 0, 1, 1],
        [0.3, 0.3, 0.3, 0.9],
      ],
      scores: [[0.9], [0.95], [0.99]],
      classes: [[1], [2], [1]],
    };
    expect(await found(adapter, [30, 30], outputs)).toEqual([[0.2, 0.1, 0.6, 0.5, 0.9]]);
  });

  it('SSD: one score a class, pixels', async () => {
    const adapter = {
      style: 'ssd',
      person: 0,
      unit: 'pixels',
      activation: 'sigmoid',
      input: { size: [100, 200] },
      outputs: { boxes: 'b', scores: 's' },
    };
    const outputs = { b: [[20, 10, 120, 60]], s: [[Math.log(4), -3]] };
    expect(await found(adapter, [100, 200], outputs)).toEqual([[0.1, 0.1, 0.6, 0.6, 0.8]]);
    expect(await found(adapter, [100, 200], outputs, 0.9)).toEqual([]);
  });

  it('says which output there is not', async () => {
    const adapter = { style: 'yolo', input: { size: [20, 20] }, outputs: { boxes: 'output1' } };
    await expect(found(adapter, [20, 20], { output0: [[1, 1, 1, 1, 1]] })).rejects.toThrow(
      'adapter output output1: expected output0, received "output1".',
    );
  });
});

describe('readAdapter', () => {
  const input = { size: [20, 20] };
  it.each([
    ['no', 'a: expected JSON, received '],
    ['[]', 'a: style: expected yolo, detr or ssd, received nothing.'],
    [{ input }, 'a: style: expected yolo, detr or ssd, received nothing.'],
    [{ style: 'rcnn', input }, 'a: style: expected yolo, detr or ssd, received "rcnn".'],
    [
      { style: 'detr', input, outputs: { boxes: 'b' } },
      'a: outputs.scores: expected a text, received nothing.',
    ],
    [
      { style: 'yolo', input: { size: [0, 20] }, outputs: { boxes: 'b' } },
      'a: input.size[0]: expected a whole number from 1 to 8192, received 0.',
    ],
    [
      { style: 'yolo', input, outputs: { boxes: 'b' }, nms: 1 },
      'a: nms: expected a key that there is, received an unknown one. The nearest are ',
    ],
  ])('refuses %j', (adapter, message) => {
    const text = typeof adapter === 'string' ? adapter : JSON.stringify(adapter);
    expect(() => readAdapter('a', text)).toThrow(message);
  });
});
