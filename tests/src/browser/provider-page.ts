/// <reference lib="dom" />
/** @file The page of the test of WebGPU: the small model on the provider of ONNX Runtime that the test names. */
import { loadModel } from '@slowfast/checkpoints';
import { blobSource, dynamicSize } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { onnxRuntime, type OnnxProvider } from '@slowfast/runtime-onnx';

/** Scores of a clip, and where the model ran. */
export interface ProviderScores {
  readonly device: string;
  readonly scores: readonly number[];
}

/** The function that the page puts on its global object, as `scoresOn`. */
export type ScoresOn = (provider: OnnxProvider) => Promise<ProviderScores>;

/** Of a side; the model's own takes an adapter that is a program 14 s. */
const SIZE = 32;

const scoresOn: ScoresOn = async (provider) => {
  const file = await (await fetch('/weights.safetensors')).blob();
  const { entry, weights } = await loadModel({ weights: blobSource(file, 'weights.safetensors') });
  const model = { ...entry.model, graph: dynamicSize(entry.model.graph) };
  await using compiled = await onnxRuntime({ providers: [provider] }).compile(model, weights);
  const clips = Object.entries(model.graph.inputs).map(([name, { type }]) => {
    const frames = Number(type.shape[2]);
    return [name, formulaClip([1, 3, frames, SIZE, SIZE], name)] as const;
  });
  const outputs = await compiled.run(Object.fromEntries(clips));
  return { device: compiled.device, scores: Array.from(outputs['scores']!.data, Number) };
};

Object.assign(globalThis, { scoresOn });
