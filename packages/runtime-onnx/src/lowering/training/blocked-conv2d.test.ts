/** @file Convolutions in blocks of channels and their gradients, held against the interpreter. */
import { GraphBuilder, memoryStore, sizeOf, type Graph, type HostTensor } from '@slowfast/core';
import { interpret } from '@slowfast/core/testing';
import { openBackend } from '../../session/backend.js';
import { channelBlock } from '../../session/channel-block.js';
import { onnxRuntime } from '../../session/onnx-runtime.js';
import { lowerGraph } from '../lower-graph.js';

interface Layer {
  readonly channels: number;
  readonly filters: number;
  readonly kernel: readonly [number, number, number];
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
  readonly size: readonly [frames: number, height: number, width: number];
}

/** A convolution and its two gradients, of a weight that is fed. */
function network(layer: Layer): Graph {
  const { channels, filters, kernel, size } = layer;
  const { stride = 1, padding = 0, dilation = 1 } = layer;
  const time = Math.floor(kernel[0] / 2);
  const attrs = {
    kernel,
    stride: [1, stride, stride],
    padding: [time, padding, padding],
    dilation: [1, dilation, dilation],
    groups: 1,
  } as const;
  const g = GraphBuilder.empty('blocks');
  const x = g.input('x', { dtype: 'float32', shape: ['N', channels, ...size] });
  const weight = g.input('weight', { dtype: 'float32', shape: [filters, channels, ...kernel] });
  const y = g.emit('conv3d', [x, weight], { ...attrs, activation: 'identity' });
  const dy = g.emit('scale', [y], { factor: 0.5 });
  return g.build({
    y,
    dx: g.emit('conv3d_input_gradient', [dy, weight], { ...attrs, size }),
    dw: g.emit('conv3d_weight_gradient', [dy, x], attrs),
  });
}

const waves = (shape: readonly number[], phase: number): HostTensor<'float32'> => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) =>
    Math.sin(phase + i * 1.7 + (i % 89)),
  ),
});

const largestOf = (data: Float32Array): number =>
  data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

const LAYERS: readonly (readonly [string, Layer])[] = [
  [
    'a stem over five frames, odd sizes',
    { channels: 3, filters: 8, kernel: [5, 7, 7], stride: 2, padding: 3, size: [6, 19, 17] },
  ],
  [
    'planes that take several convolutions',
    { channels: 1, filters: 2, kernel: [1, 3, 3], stride: 2, padding: 1, size: [3, 230, 238] },
  ],
  [
    'many channels, three frames',
    { channels: 64, filters: 48, kernel: [1, 3, 3], padding: 1, size: [3, 5, 6] },
  ],
  [
    'many channels, taps in time and strides',
    { channels: 48, filters: 52, kernel: [3, 3, 3], stride: 2, padding: 1, size: [2, 7, 4] },
  ],
  [
    'one position, very many channels, a small plane',
    { channels: 256, filters: 260, kernel: [1, 1, 1], size: [2, 3, 4] },
  ],
  [
    'taps in time, very many channels',
    { channels: 256, filters: 272, kernel: [3, 1, 1], size: [3, 3, 2] },
  ],
  [
    'one position, very many channels, strides',
    { channels: 272, filters: 258, kernel: [1, 1, 1], stride: 2, size: [1, 5, 4] },
  ],
  [
    'dilation',
    { channels: 12, filters: 20, kernel: [1, 3, 3], padding: 2, dilation: 2, size: [5, 9, 7] },
  ],
  [
    'strides that leave rows and columns out',
    { channels: 5, filters: 3, kernel: [1, 3, 3], stride: 4, size: [1, 14, 13] },
  ],
];

test.each(LAYERS)('%s: as the interpreter computes it', async (_, layer) => {
  const graph = network(layer);
  const { channels, filters, kernel, size } = layer;
  await using model = await onnxRuntime({ backend: 'node', threads: 1 }).compile(
    { name: 'blocks', graph },
    memoryStore([]),
  );
  for (const clips of [1, 3]) {
    const feeds = {
      x: waves([clips, channels, ...size], clips),
      weight: waves([filters, channels, ...kernel], 0.3),
    };
    const [results, expected] = [
      await model.run(feeds),
      await interpret(graph, memoryStore([]), feeds),
    ];
    for (const [name, { shape, data }] of Object.entries(expected)) {
      const largest = largestOf(data as Float32Array);
      expect(results[name]!.shape).toEqual(shape);
      const own = results[name]!.data as Float32Array;
      const error = largestOf(own.map((value, i) => value - Number(data[i])));
      expect([name, error / largest < 2e-5]).toEqual([name, true]);
    }
  }
});

test.each([8, 16])('blocks of %i are used where they are wanted, and for no file', (block) => {
  const graph = network(LAYERS[0]![1]);
  const blocked = (size?: number): number =>
    lowerGraph(graph, 'float32', new Map(), undefined, size).nodes.filter(
      ({ domain }) => domain === 'com.microsoft.nchwc',
    ).length;
  expect(blocked(block)).toBeGreaterThan(0);
  expect(blocked()).toBe(0);
});

test('the size of blocks is that of the processor; onnxruntime-web has none', async () => {
  const node = await openBackend('node');
  expect(process.arch === 'x64' ? [8, 16] : [undefined]).toContain(await channelBlock(node));
  expect(await channelBlock({ ...node, kind: 'web' })).toBeUndefined();
});
