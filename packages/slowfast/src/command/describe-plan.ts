/** @file How the layers of a model are computed on processors, as a table. */
import { macsOf, type Graph } from '@slowfast/core';
import { layerText, planLowering, type TunedPlan } from '@slowfast/runtime-onnx';
import { textTable } from './table.js';

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
  /** Milliseconds of each lowering that was measured, between two small convolutions; where it was. */
  readonly milliseconds?: Readonly<Record<string, number>>;
}

/** Every layer that the plan for processors names, of a graph after prepareForInference; default: the rule's plan. */
export function describePlan(
  graph: Graph,
  { plan = planLowering(graph), times }: Partial<Pick<TunedPlan, 'plan' | 'times'>> = {},
): readonly PlannedLayer[] {
  return graph.nodes.flatMap((node): PlannedLayer[] => {
    const lowering = plan.get(node.name);
    if (lowering === undefined || !('kernel' in node.attrs)) return [];
    const [input, output] = [node.inputs[0]!, node.output].map(({ type }) =>
      type.shape.slice(1).join('x'),
    ) as [string, string];
    const measured = times
      ?.get(node.name)
      ?.map((time) => [layerText(time.lowering), Number(time.milliseconds.toFixed(3))] as const);
    return [
      {
        layer: node.name,
        op: node.op,
        kernel: node.attrs.kernel.join('x'),
        input,
        output,
        multiplyAdds: macsOf(node),
        lowering: layerText(lowering),
        ...(measured ? { milliseconds: Object.fromEntries(measured) } : {}),
      },
    ];
  });
}

/** The layers as text for people; times where there are any: of the one that was chosen first. */
export function planText(layers: readonly PlannedLayer[]): string {
  const header = ['layer', 'op', 'kernel', 'input', 'output', 'M multiply-adds', 'lowering'];
  const isTuned = layers.some(({ milliseconds }) => milliseconds);
  const rows = layers.map(({ multiplyAdds, lowering, milliseconds = {}, ...layer }) => [
    ...[layer.layer, layer.op, layer.kernel, layer.input, layer.output],
    (multiplyAdds / 1e6).toFixed(1),
    lowering,
    milliseconds[lowering]?.toFixed(2) ?? '',
    Object.entries(milliseconds)
      .filter(([other]) => other !== lowering)
      .map(([other, time]) => `${other} ${time.toFixed(2)}`)
      .join(', '),
  ]);
  const timed = isTuned ? ['ms', 'others, ms'] : [];
  return textTable([...header, ...timed], rows, new Set(['M multiply-adds', 'ms']));
}
