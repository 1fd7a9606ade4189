/** Networks of parts that are nobody's but the user's, as PyTorch programs: they compute what they compute here. */
import { formulaClip, formulaStore } from '@slowfast/core/testing';
import { pythonWithTorch, runInTorch, type TorchJob } from '@slowfast/pytorch/testing';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { bidirectional, r2plus1dSlowFast, threeRates } from './afternoon.js';

const python = await pythonWithTorch();

(python === undefined ? it.skip : it)('give in PyTorch what they give here', async () => {
  const jobs = [r2plus1dSlowFast(), threeRates(), bidirectional()].map((model): TorchJob => {
    const { params, inputs } = model.graph;
    const feeds = Object.entries(inputs).map(([name, { type }]) => {
      return [
        name,
        formulaClip(
          type.shape.map((dim) => (dim === 'N' ? 2 : (dim as number))),
          name,
        ),
      ];
    });
    const shapes = [...params.values()].map(
      ({ name, type }) => [name, type.shape as number[]] as const,
    );
    return { model, weights: formulaStore(shapes), feeds: Object.fromEntries(feeds) };
  });
  const results = await runInTorch(python!, jobs);
  for (const [i, { model, weights, feeds }] of jobs.entries()) {
    await using compiled = await onnxRuntime({ threads: 2 }).compile(model, weights);
    const { scores } = await compiled.run(feeds);
    (scores!.data as Float32Array).forEach((score, at) => {
      expect(Math.abs(score - results[i]!.output[at]!)).toBeLessThan(1e-5);
    });
  }
});
