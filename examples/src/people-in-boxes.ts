/**
 * The small model, which scores whole clips, made one for people in boxes: the same network and weights, whose last features
 * are averaged over each box instead of over the frame. `npx tsc -b examples/tsconfig.lib.json`, then
 * `node examples/dist/people-in-boxes.js people.onnx`, writes it for `slowfast detect VIDEO --model people.onnx`. A demonstration:
 * what is to be relied on is trained on boxes.
 */
import { writeFile } from 'node:fs/promises';
import { fastPlan, resnet, slowPlan } from '@slowfast/backbones';
import { loadModel } from '@slowfast/checkpoints';
import { composeModel } from '@slowfast/core';
import { timeStridedConv } from '@slowfast/fusion';
import { roiHead } from '@slowfast/heads';
import { onnxBytes } from '@slowfast/runtime-onnx';

/** The network of the small model with a head for boxes: one bin, which is the mean over the box. */
export function peopleInBoxes() {
  const pathway = { depth: 18, width: 12 } as const;
  return composeModel({
    name: 'slowfast-ut-interaction-boxes',
    size: [112, 144],
    pathways: {
      slow: {
        backbone: resnet({ ...pathway, temporalKernels: slowPlan }),
        frames: 4,
        temporalStride: 16,
      },
      fast: {
        backbone: resnet({ ...pathway, temporalKernels: fastPlan, width: 3 }),
        frames: 16,
        temporalStride: 4,
      },
    },
    laterals: [
      { from: 'fast', to: 'slow', after: ['stem', 'res2', 'res3', 'res4'], via: timeStridedConv() },
    ],
    head: roiHead({
      pathways: ['slow', 'fast'],
      classes: 6,
      bins: [1, 1],
      spatialScale: 1 / 32,
      activation: 'softmax',
    }),
  });
}

/** The ONNX file of it, with the small model's weights, labels and preprocessing. */
export async function peopleInBoxesOnnx(): Promise<Uint8Array> {
  const { weights, metadata } = await loadModel();
  const preprocessing = { ...metadata.preprocessing, activation: 'none' } as const;
  return onnxBytes(peopleInBoxes(), weights, { metadata: { ...metadata, preprocessing } });
}

if (process.argv[1]?.endsWith('people-in-boxes.js') && process.argv[2]) {
  await writeFile(process.argv[2], await peopleInBoxesOnnx());
}
