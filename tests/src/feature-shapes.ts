/** @file What features of a model of the catalog are said to be, and what a runtime returns for them. */
import { float32Tensor, initialWeights, sizeOf, type HostTensor } from '@slowfast/core';
import { catalogModel, modelNames, type ModelName } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';

const SIZE = 32;

/** Deeper networks and those of sets of other labels have no other kinds of stages: they are in the reference tests. */
const isDeep = (name: ModelName): boolean => /r101|r152|-ava|-ssv2|-charades/.test(name);
export const EVERYDAY_NAMES = modelNames().filter((name) => !isDeep(name));
export const OTHER_NAMES = modelNames().filter(isDeep);

/** A feature: its tap, shape, channels, and what of the clip its positions cover, `[T, H, W]`. */
interface Feature {
  readonly tap: string;
  readonly shape: readonly unknown[];
  readonly channels: unknown;
  readonly extent: readonly number[];
}

/** All features of a model, before and after lateral connections, in the order of its taps. */
export async function featuresOf(name: ModelName): Promise<{
  readonly described: readonly Feature[];
  readonly returned: readonly Feature[];
  readonly inputs: readonly string[];
  readonly pathways: readonly string[];
  /** Taps that see less of the clip than lies between two of their positions: none. */
  readonly blind: readonly string[];
}> {
  const { model, preprocessing } = catalogModel(name, { size: SIZE, width: 8 });
  const taps = [...model.taps.keys()] as Parameters<typeof model.featureInfo>[0][];
  const features = model.features(taps);
  await using compiled = await onnxRuntime({ threads: 1, lowering: 'none' }).compile(
    features,
    initialWeights(model.graph),
  );
  const feeds = Object.entries(features.graph.inputs).map(([input, { type }]) => {
    const shape = type.shape.map((dim) => (dim === 'N' ? 1 : Number(dim)));
    return [input, float32Tensor(shape, new Float32Array(sizeOf(shape)).fill(0.5))] as const;
  });
  const outputs: Record<string, HostTensor> = await compiled.run(Object.fromEntries(feeds));
  const { frames, stride } = preprocessing.clip;
  return {
    described: taps.map((tap) => {
      const { shape, channels, pathway, stride: own } = model.featureInfo(tap);
      // A spectrogram has one row, which no stride makes fewer of.
      const sides = pathway === 'audio' ? [own.h, 80] : [SIZE, SIZE];
      return { tap, shape: [1, ...shape.slice(1)], channels, extent: [frames * stride, ...sides] };
    }),
    returned: Object.entries(outputs).map(([tap, { shape }]) => {
      const own = model.featureInfo(tap as (typeof taps)[number]).stride;
      const [, channels, t, h, w] = shape as number[];
      return { tap, shape, channels, extent: [t! * own.t, h! * own.h, w! * own.w] };
    }),
    inputs: Object.keys(features.graph.inputs),
    pathways: Object.keys(model.pathways),
    blind: taps.filter((tap) => {
      const { receptiveField, stride: own } = model.featureInfo(tap);
      return receptiveField.w < own.w;
    }),
  };
}
