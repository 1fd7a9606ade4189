/** @file Networks of one pathway with a backbone of its own: X3D, R(2+1)D and channel-separated networks. */
import { csn, r2plus1d, x3d, type ResnetBackbone } from '@slowfast/backbones';
import { composeModel, type Head } from '@slowfast/core';
import { classificationHead, expansionHead } from '@slowfast/heads';
import type { BackboneArchitecture } from './backbone-architectures.js';
import type { NetworkOptions, OnePathwayModel } from './networks.js';
import type { ModelZoo } from './zoos.js';

/** What {@link backboneNetwork} needs besides the architecture. */
export interface BackboneNetworkOptions extends Pick<
  NetworkOptions,
  'name' | 'frames' | 'stride' | 'size' | 'width' | 'head'
> {
  /** Whose weights it takes: PySlowFast's X3D normalises where PyTorchVideo's does not. */
  readonly zoo: ModelZoo;
}

/** mmaction2's channel-separated networks have the norms of those in Caffe2 that their weights are from. */
const CAFFE2_NORMS = { epsilon: 1e-3, pointwiseNorm: true } as const;

/** X3D's inner channels over its outer ones. */
const BOTTLENECK = 2.25;

/** The network of an architecture. Throws what its parts throw. */
export function backboneNetwork(
  architecture: BackboneArchitecture,
  { name, frames, stride, size, width, head, zoo }: BackboneNetworkOptions,
): OnePathwayModel<'slow'> {
  return composeModel({
    name,
    size,
    pathways: {
      slow: { backbone: backboneOf(architecture, width, zoo), frames, temporalStride: stride },
    },
    head: headOf(architecture, width, head),
  });
}

function backboneOf(
  { family, depth = 50, depthFactor = 2.2 }: BackboneArchitecture,
  width: number,
  zoo: ModelZoo,
): ResnetBackbone {
  if (family === 'x3d') {
    const shortcutNorm = zoo === 'pytorchvideo' ? 'channels' : 'all';
    return x3d({ width, depthFactor, bottleneckFactor: BOTTLENECK, shortcutNorm });
  }
  if (family === 'r2plus1d') return r2plus1d({ depth, width });
  return csn({
    depth,
    width,
    interactions: family === 'ir-csn' ? 'ir' : 'ip',
    ...(zoo === 'mmaction2' ? CAFFE2_NORMS : {}),
  });
}

function headOf(
  { family }: BackboneArchitecture,
  width: number,
  head: NetworkOptions['head'],
): Head<'slow', 'scores'> {
  const options = { ...head, pathways: ['slow'] } as const;
  if (family !== 'x3d') return classificationHead(options);
  return expansionHead({ ...options, inner: Math.round(8 * width * BOTTLENECK) });
}
