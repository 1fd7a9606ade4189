/// <reference lib="dom" />
/** @file The page of the test of `providers: 'fastest'`: a network of the front door's kind, small enough for an adapter that is a program. */
import { GraphBuilder, initialWeights } from '@slowfast/core';
import { forgetFastestProviders, onnxRuntime } from '@slowfast/runtime-onnx';

/** Where the network ran, and why. */
export interface FastestAnswer {
  readonly device: string;
  readonly provider: string;
  readonly reason: string | undefined;
  readonly score: number;
}

/** The functions that the page puts on its global object, as `fastest`. */
export interface FastestPage {
  open(
    channels: number,
    providers?: 'fastest' | readonly ('webgpu' | 'wasm')[],
    precision?: 'half',
  ): Promise<FastestAnswer>;
  forget(): Promise<void>;
}

const page: FastestPage = {
  async open(channels, providers = 'fastest', precision) {
    const g = GraphBuilder.empty(`net${channels}`);
    const clip = g.input('slow', { dtype: 'float32', shape: ['N', 3, 2, 16, 16] });
    const features = g.scope('conv').conv3d(clip, { channels, kernel: [1, 3, 3] });
    const graph = g.build({ scores: g.relu(features) });
    await using model = await onnxRuntime({
      providers,
      ...(precision ? { precision } : {}),
    }).compile({ name: `net${channels}`, graph }, initialWeights(graph, { seed: 1 }));
    const data = new Float32Array(3 * 2 * 16 * 16).fill(0.5);
    const { scores } = await model.run({
      slow: { dtype: 'float32', shape: [1, 3, 2, 16, 16], data },
    });
    const { device, provider, choice } = model;
    return { device, provider, reason: choice?.reason, score: Number(scores!.data[40]) };
  },
  forget: forgetFastestProviders,
};

Object.assign(globalThis, { fastest: page });
