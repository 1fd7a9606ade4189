/**
 * @file Features as a contract: for every model of the catalog and every tap, before and after lateral
 * connections, what `featureInfo` says is what a runtime returns, under the tap's name.
 */
import { float32Tensor, initialWeights, sizeOf, type HostTensor } from '@slowfast/core';
import { catalogModel, checkedModelName, modelNames } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';

const SIZE = 32;

describe.each(modelNames())('%s', (name) => {
  const { model, preprocessing } = catalogModel(checkedModelName(name), { size: SIZE, width: 8 });
  const taps = [...model.taps.keys()] as Parameters<typeof model.featureInfo>[0][];

  it('gives the features it describes', async () => {
    const features = model.features(taps);
    expect(Object.keys(features.graph.inputs)).toEqual(Object.keys(model.pathways));
    await using compiled = await onnxRuntime({ threads: 1, lowering: 'none' }).compile(
      features,
      initialWeights(model.graph),
    );
    const feeds = Object.entries(features.graph.inputs).map(([input, { type }]) => {
      const shape = type.shape.map((dim) => (dim === 'N' ? 1 : Number(dim)));
      return [input, float32Tensor(shape, new Float32Array(sizeOf(shape)).fill(0.5))] as const;
    });
    const outputs: Record<string, HostTensor> = await compiled.run(Object.fromEntries(feeds));
    expect(Object.keys(outputs)).toEqual(taps);
    for (const tap of taps) {
      const info = model.featureInfo(tap);
      const [, ...rest] = info.shape;
      expect([tap, ...outputs[tap]!.shape]).toEqual([tap, 1, ...rest]);
      const [, channels, t, h, w] = outputs[tap]!.shape as number[];
      expect(channels).toBe(info.channels);
      const { frames, stride } = preprocessing.clip;
      // A spectrogram has one row, which no stride makes fewer of.
      const sides = info.pathway === 'audio' ? [info.stride.h, 80] : [SIZE, SIZE];
      expect([t! * info.stride.t, h! * info.stride.h, w! * info.stride.w]).toEqual([
        frames * stride,
        ...sides,
      ]);
      expect(info.receptiveField.w).toBeGreaterThanOrEqual(info.stride.w);
    }
  });
});
