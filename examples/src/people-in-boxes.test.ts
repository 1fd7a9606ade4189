import { loadModel } from '@slowfast/checkpoints';
import { float32Tensor } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { loadOnnx, onnxRuntime } from '@slowfast/runtime-onnx';
import { peopleInBoxesOnnx } from './people-in-boxes.js';

const softmax = (logits: readonly number[]): number[] => {
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
};

it('gives the classifier’s scores for a box over all features, and others for others', async () => {
  const { entry, weights } = await loadModel();
  await using classifier = await onnxRuntime().compile(entry.model, weights);
  await using people = await loadOnnx(await peopleInBoxesOnnx());
  const clips = {
    slow: formulaClip([1, 3, 4, 112, 144], 'slow'),
    fast: formulaClip([1, 3, 16, 112, 144], 'fast'),
  };
  const logits = (await classifier.run(clips))['scores']!.data;
  // Features are 32 pixels apart, the first at 0; each bin has a sample in the middle of each.
  const boxes = float32Tensor([2, 5], Float32Array.of(0, -16, -16, 144, 112, 0, 10, 10, 50, 100));
  const { data } = (await people.run({ ...clips, boxes }))['scores']!;
  const scores = Array.from(data, Number);
  softmax(Array.from(logits, Number)).forEach((score, i) => {
    expect(scores[i]).toBeCloseTo(score, 5);
  });
  expect(scores[6]).not.toBeCloseTo(scores[0]!, 4);
  expect(people.metadata.labels).toContain('kick');
});
