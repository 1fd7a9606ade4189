/** @file The network over heat maps of skeletons: a Slow pathway that keeps their resolution (PoseC3D, Duan et al. 2022). */
import {
  checkArguments,
  SpecError,
  type GraphBuilder,
  type Stage,
  type Value,
} from '@slowfast/core';
import { bottleneck } from './bottleneck.js';
import { residualBlock } from './residual.js';
import { stem } from './stem.js';

/** Residual stages of a {@link poseResnet}. */
export type PoseStage = 'res2' | 'res3' | 'res4';

/** The stages of a {@link poseResnet} in order. */
export interface PoseBackbone {
  readonly stages: readonly [Stage<'stem'>, Stage<'res2'>, Stage<'res3'>, Stage<'res4'>];
}

/** Options of {@link poseResnet}. */
export interface PoseResnetOptions {
  /** Residual blocks of res2, res3 and res4; default 4, 6, 3: those of a ResNet-50 without its first stage. */
  readonly blocks?: readonly [number, number, number];
  /** Channels of the stem; default 32. */
  readonly width?: number;
}

/** What the stages differ in: only the later two look along time, the last at half the frames. */
const STAGES = [
  { name: 'res2', temporalKernel: 1, temporalStride: 1 },
  { name: 'res3', temporalKernel: 3, temporalStride: 1 },
  { name: 'res4', temporalKernel: 3, temporalStride: 2 },
] as const;

/**
 * A residual network of bottleneck blocks for small inputs: `[N, C, T, H, W]` to `[N, 16·width, T/2, H/8, W/8]`. The stem has
 * stride 1, each of its three stages halves height and width. Throws {@link SpecError} for a width or blocks that make none.
 *
 * @example
 * const pathway = { backbone: poseResnet(), frames: 48, temporalStride: 1, channels: 17 };
 */
export function poseResnet(options: PoseResnetOptions = {}): PoseBackbone {
  checkArguments('poseResnet', { options: [options, 'object'] });

  const { blocks = [4, 6, 3], width = 32 } = options;
  checkCount('width', width);
  STAGES.forEach(({ name }, i) => checkCount(`blocks of ${name}`, blocks[i] ?? NaN));
  const residual = <I extends 0 | 1 | 2>(i: I): Stage<(typeof STAGES)[I]['name']> => {
    const { name, temporalKernel, temporalStride } = STAGES[i];
    const scopes = Array.from({ length: blocks[i]! }, (_, block) => `${block}`);
    return {
      name,
      blocks: { scopes, beside: ['shortcut'] },
      build: (g: GraphBuilder, x: Value): Value =>
        scopes.reduce(
          (value, scope, block) =>
            residualBlock(g.scope(scope), value, bottleneck, {
              width: width * 2 ** i,
              temporalKernel,
              stride: block === 0 ? 2 : 1,
              temporalStride: block === 0 ? temporalStride : 1,
              dilation: 1,
            }),
          x,
        ),
    };
  };
  return {
    stages: [
      stem({ channels: width, temporalKernel: 1, spatialStride: 1 }),
      residual(0),
      residual(1),
      residual(2),
    ],
  };
}

function checkCount(what: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new SpecError({
    site: `poseResnet: ${what}`,
    expected: 'a whole number of at least 1',
    received: `${value}`,
  });
}
