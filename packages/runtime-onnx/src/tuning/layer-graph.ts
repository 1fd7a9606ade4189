/** @file One layer as a network of its own, so that it can be measured among neighbours like its own. */
import { GraphBuilder, type Graph, type Value } from '@slowfast/core';
import type { LayerLowering, LoweringPlan, WindowNode } from '../lowering/plan.js';
import type { TunableLayer } from './candidates.js';

/** Channels after the layer: they fill the widest vectors once. */
const CHANNELS_AFTER = 16;
const POINT = [1, 1, 1] as const;

/**
 * The layer between two convolutions 1x1x1 that are computed frame by frame: what it takes to bring frames together
 * for a plain layer, and apart again, is thus part of its time. Layers that read an input of the network read one
 * here, too.
 */
export function layerGraph({ node, readsInput }: TunableLayer): Graph {
  const g = GraphBuilder.empty('layer');
  const [channels, ...sizes] = node.inputs[0]!.type.shape.slice(1) as [number, ...number[]];
  const input = (count: number): Value =>
    g.input('x', { dtype: 'float32', shape: ['N', count, ...sizes] });
  const x = readsInput
    ? input(channels)
    : g.conv3d(input(1), { channels, kernel: POINT, name: 'before' });
  const y = layer(g, node, x);
  return g.build({ y: g.conv3d(y, { channels: CHANNELS_AFTER, kernel: POINT, name: 'after' }) });
}

function layer(g: GraphBuilder, node: WindowNode, x: Value): Value {
  if (node.op === 'max_pool3d') return g.emit(node.op, [x], node.attrs, 'layer');
  if (node.op === 'avg_pool3d') return g.emit(node.op, [x], node.attrs, 'layer');
  const [, weight, bias] = node.inputs.map(({ type }) => type.shape as readonly number[]);
  const params = [g.param('layer.weight', weight!, 'weight', { kind: 'msra' })];
  if (bias) params.push(g.param('layer.bias', bias, 'bias', { kind: 'constant', value: 0 }));
  return g.emit('conv3d', [x, ...params], node.attrs, 'layer');
}

/** The plan of `layerGraph`: the layer as asked, its neighbours frame by frame. */
export function layerPlan(lowering: LayerLowering, { readsInput }: TunableLayer): LoweringPlan {
  const single = { outputs: 1, inputs: 1 };
  const before = readsInput ? [] : [['before', single] as const];
  return new Map<string, LayerLowering>([...before, ['layer', lowering], ['after', single]]);
}
