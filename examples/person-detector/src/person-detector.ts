/**
 * A detector of people: SlowFast with a head of its own, trained, exported to ONNX and run.
 * `node examples/person-detector/dist/person-detector.js` does all of it on a made-up clip.
 */
import { fastPlan, resnet, slowPlan } from '@slowfast/backbones';
import {
  composeModel,
  float32Tensor,
  initialWeights,
  type Dim,
  type HostTensor,
  type Size,
  type Value,
  type WeightStore,
} from '@slowfast/core';
import { timeStridedConv } from '@slowfast/fusion';
import { loadOnnx, onnxBytes, onnxRuntime } from '@slowfast/runtime-onnx';
import { sgd, trainingModel, type LossGraph } from '@slowfast/training';
import { centreHead } from './centre-head.js';

/** Slow with 2 frames of 16, Fast with 8; res5 keeps the stride of res4, so that a cell is 16 pixels. */
export function personDetector(size: Size, width = 16) {
  const fine = { depth: 18, spatialStrides: { res5: 1 }, spatialDilations: { res5: 2 } } as const;
  return composeModel({
    name: 'person-detector',
    size,
    pathways: {
      slow: {
        backbone: resnet({ ...fine, temporalKernels: slowPlan, width }),
        frames: 2,
        temporalStride: 8,
      },
      fast: {
        backbone: resnet({ ...fine, temporalKernels: fastPlan, width: width / 8 }),
        frames: 8,
        temporalStride: 2,
      },
    },
    laterals: [
      {
        from: 'fast',
        to: 'slow',
        after: ['stem', 'res2', 'res3', 'res4'],
        via: timeStridedConv(),
      },
    ],
    head: centreHead({ pathways: ['slow', 'fast'], channels: 2 * width }),
  });
}

/** The detector's type: names of pathways, taps and outputs are known to the compiler. */
export type PersonDetector = ReturnType<typeof personDetector>;

/** x1, y1, x2, y2 in parts (0 to 1) of the frame. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number];

/** A clip, one for each pathway, and where people are in it. */
export interface Example {
  readonly clips: Readonly<Record<'slow' | 'fast', HostTensor>>;
  /** For each clip of the batch. */
  readonly people: readonly (readonly Box[])[];
}

/** Trains on one batch again and again; resolves with the weights and the loss before each step. */
export async function trained(
  model: PersonDetector,
  { clips, people }: Example,
  { steps, rate = 0.003 }: { readonly steps: number; readonly rate?: number },
): Promise<{ readonly weights: WeightStore; readonly losses: readonly number[] }> {
  const [, , , rows, columns] = model.graph.outputs.centres.type.shape as [...Dim[]];
  const grid = [Number(rows), Number(columns)] as const;
  await using training = await trainingModel(model, initialWeights(model.graph, { seed: 1 }), {
    runtime: onnxRuntime(),
    loss: lossOver(grid),
    // One clip is too few for statistics over a batch.
    freezeBatchNorm: true,
  });
  const optimizer = sgd(training.parameters, { momentum: 0.9 });
  const targets = targetsOf(people, grid);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss, gradients } = await training.lossAndGradients(clips, targets);
    losses.push(loss);
    optimizer.step(gradients, rate);
  }
  return { weights: training.weights(), losses };
}

/** Channels of the targets: whether a middle is there, the four sides, and what a side's distance weighs. */
const CHANNELS = 6;

function targetsOf(
  people: Example['people'],
  [rows, columns]: readonly [number, number],
): HostTensor<'float32'> {
  const cells = rows * columns;
  const data = new Float32Array(people.length * CHANNELS * cells);
  const share = 1 / Math.max(1, people.flat().length);
  people.forEach((boxes, clip) => {
    for (const [x1, y1, x2, y2] of boxes) {
      const column = Math.min(columns - 1, Math.floor(((x1 + x2) / 2) * columns));
      const row = Math.min(rows - 1, Math.floor(((y1 + y2) / 2) * rows));
      const [x, y] = [(column + 0.5) / columns, (row + 0.5) / rows];
      [1, x - x1, y - y1, x2 - x, y2 - y, share].forEach((value, channel) => {
        data[(CHANNELS * clip + channel) * cells + row * columns + column] = value;
      });
    }
  });
  return float32Tensor([people.length, CHANNELS, 1, rows, columns], data);
}

/** Cross-entropy of all cells, and the distance of the sides where a person's middle is. */
const lossOver = (grid: readonly [number, number]): LossGraph<'centres' | 'sides'> => ({
  targets: ['N', CHANNELS, 1, ...grid],
  build(g, { centres, sides }, targets) {
    const channels = (start: number, stop: number): Value =>
      g.emit('slice', [targets], { axis: 1, start, stop, step: 1 });
    const entropy = g.emit('binary_cross_entropy', [centres, channels(0, 1)], {});
    const negative = (x: Value): Value => g.emit('scale', [x], { factor: -1 });
    const difference = g.add(sides, negative(channels(1, 5)));
    const distance = g.add(g.relu(difference), g.relu(negative(difference)));
    const weighed = g.emit('mul', [distance, channels(5, 6)], {});
    const axes = [0, 1, 2, 3, 4];
    const total = g.emit('reduce', [weighed], { fn: 'sum', axes, keepDims: false });
    return g.add(g.mean(entropy, axes), total);
  },
});

/** A person that was found. */
export interface Person {
  readonly box: Box;
  readonly score: number;
}

/** People of each clip: cells whose score is the highest around them and at least `threshold`. */
export function peopleIn(
  { centres, sides }: Readonly<Record<'centres' | 'sides', HostTensor>>,
  threshold = 0.5,
): readonly (readonly Person[])[] {
  const [clips, , , rows, columns] = centres.shape as [number, number, number, number, number];
  const cells = rows * columns;
  const logit = (clip: number, row: number, column: number): number =>
    row < 0 || row >= rows || column < 0 || column >= columns
      ? -Infinity
      : Number(centres.data[clip * cells + row * columns + column]);
  const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dy, dx] as const));
  return Array.from({ length: clips }, (_, clip) => {
    const people: Person[] = [];
    for (let cell = 0; cell < cells; cell++) {
      const [row, column] = [Math.floor(cell / columns), cell % columns];
      const own = logit(clip, row, column);
      const score = 1 / (1 + Math.exp(-own));
      if (score < threshold) continue;
      if (around.some(([dy, dx]) => logit(clip, row + dy, column + dx) > own)) continue;
      const [x, y] = [(column + 0.5) / columns, (row + 0.5) / rows];
      const side = (i: number): number => Number(sides.data[(4 * clip + i) * cells + cell]);
      people.push({ box: [x - side(0), y - side(1), x + side(2), y + side(3)], score });
    }
    return people.sort((a, b) => b.score - a.score);
  });
}

/** One bright "person" on grey, in motion. */
export function madeUpExample([height, width]: readonly [number, number]): Example {
  const clipOf = (frames: number): HostTensor => {
    const data = new Float32Array(3 * frames * height * width);
    for (let c = 0; c < 3; c++) {
      for (let t = 0; t < frames; t++) {
        for (let y = 0.2 * height; y < 0.8 * height; y++) {
          const from = Math.floor((0.25 + (0.1 * t) / frames) * width);
          const start = ((c * frames + t) * height + Math.floor(y)) * width + from;
          data.fill(1, start, start + Math.floor(0.3 * width));
        }
      }
    }
    return float32Tensor([1, 3, frames, height, width], data);
  };
  return { clips: { slow: clipOf(2), fast: clipOf(8) }, people: [[[0.3, 0.2, 0.6, 0.8]]] };
}

if (process.argv[1]?.endsWith('person-detector.js')) {
  const model = personDetector(64);
  const example = madeUpExample([64, 64]);
  const { weights, losses } = await trained(model, example, { steps: 2, rate: 0.001 });
  console.log(`loss of two steps: ${losses.map((loss) => loss.toFixed(3)).join(', ')}`);
  const file = await onnxBytes(model, weights, { size: 'dynamic' });
  await using detector = await loadOnnx(file);
  const outputs = (await detector.run(example.clips)) as Record<'centres' | 'sides', HostTensor>;
  console.log(`${file.length} bytes of ONNX; found:`, JSON.stringify(peopleIn(outputs)[0]));
}
