/** @file Checkpoints of every container and zoo give the values that the code that wrote them gave. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bytesSource, pathwayFrameIndices } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { batchFeeds } from '@slowfast/evaluation';
import { loadModel, type LoadModelOptions } from '@slowfast/checkpoints';
import { onnxRuntime } from '@slowfast/runtime-onnx';

const GOLDENS = new URL('../../packages/checkpoints/src/goldens/checkpoints/', import.meta.url);
const read = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(name, GOLDENS))));

interface Expected {
  readonly name: string;
  readonly file: string;
  readonly clip: readonly [number, number, number, number, number];
  readonly slowIndices: readonly number[] | null;
  readonly output: { readonly value: readonly number[] };
}

const EXPECTED = JSON.parse(new TextDecoder().decode(read('expected.json'))) as Expected[];

/** What neither weights nor a stored configuration say; the clip of these small models is 16 x 64². */
const SMALL = { frames: 16, size: 64, trainCrop: 64 } as const;
const OPTIONS: Readonly<Record<string, LoadModelOptions>> = {
  pyslowfast_slowfast_w2: {},
  pyslowfast_slowfast_w2_legacy: { ...SMALL },
  caffe2_slowfast_nln_w2: { ...SMALL, model: 'slowfast-nln-4x16-r50' },
  pytorchvideo_slowfast_w2_fp16: { ...SMALL },
  pyslowfast_slow_w2_bf16_module_prefix: { ...SMALL, model: 'slow-4x16-r50' },
};

describe.each(EXPECTED)('$file', ({ name, file, clip, slowIndices, output }) => {
  it('gives the scores of the reference', async () => {
    const source = bytesSource(read(file), file);
    const { entry, weights, metadata } = await loadModel({ ...OPTIONS[name], weights: source });
    const { preprocessing } = metadata;
    if (slowIndices) {
      const { frames, rule } = preprocessing.pathways['slow']!;
      expect(pathwayFrameIndices(clip[2], frames, rule)).toEqual(slowIndices);
    }
    await using compiled = await onnxRuntime().compile(entry.model, weights, { metadata });
    const inputs = Object.keys(entry.model.graph.inputs);
    const { scores } = await compiled.run(batchFeeds(inputs, preprocessing, [formulaClip(clip)]));
    const scale = Math.max(1, ...output.value.map(Math.abs));
    const errors = output.value.map((value, i) => Math.abs(value - Number(scores.data[i])));
    expect(Math.max(...errors)).toBeLessThanOrEqual(1e-4 * scale);
    expect(metadata.trained).toBe(true);
  });
});
