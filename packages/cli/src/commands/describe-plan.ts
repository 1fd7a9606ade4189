/** @file How the layers of a model are computed on processors, as a table. */
import { macsOf, prepareForInference, type Graph } from '@slowfast/core';
import { layerText, planLowering } from '@slowfast/runtime-onnx';
import { textTable } from '../table.js';

/** A convolution or pooling and its lowering. */
export interface PlannedLayer {
  readonly layer: string;
  readonly op: string;
  /** `1x3x3`. */
  readonly kernel: string;
  /** Shapes without the batch. */
  readonly input: string;
  readonly output: string;
  readonly multiplyAdds: number;
  /** `plain`, or output and input frames of a convolution: `2 ← 1 frames`. */
  readonly lowering: string;
}

/** Every layer of a graph that the plan for processors names. */
export function describePlan(graph: Graph): readonly PlannedLayer[] {
  const prepared = prepareForInference(graph);
  const plan = planLowering(prepared);
  return prepared.nodes.flatMap((node): PlannedLayer[] => {
    const lowering = plan.get(node.name);
    if (lowering === undefined || !('kernel' in node.attrs)) return [];
    const [input, output] = [node.inputs[0]!, node.output].map(({ type }) =>
      type.shape.slice(1).join('x'),
    ) as [string, string];
    return [
      {
        layer: node.name,
        op: node.op,
        kernel: node.attrs.kernel.join('x'),
        input,
        output,
        multiplyAdds: macsOf(node),
        lowering: layerText(lowering),
      },
    ];
  });
}

/** The layers as text for people. */
export function planText(layers: readonly PlannedLayer[]): string {
  const header = ['layer', 'op', 'kernel', 'input', 'output', 'M multiply-adds', 'lowering'];
  const rows = layers.map(({ multiplyAdds, lowering, ...layer }) => [
    ...[layer.layer, layer.op, layer.kernel, layer.input, layer.output],
    (multiplyAdds / 1e6).toFixed(1),
    lowering,
  ]);
  return textTable(header, rows, new Set(['M multiply-adds']));
}
