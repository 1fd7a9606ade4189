/** @file What networks of parts cost that the catalog has no name for, beside what was published. */
import { c2dPlan, csn, movinet, resnet, type ResnetBackbone } from '@slowfast/backbones';
import { composeModel, graphCost, type Head } from '@slowfast/core';
import { classificationHead, expansionHead } from '@slowfast/heads';

/** A published network that is composed here. */
export interface PartCost {
  readonly what: string;
  readonly source: string;
  readonly clip: { readonly frames: number; readonly size: number };
  readonly backbone: () => ResnetBackbone;
  readonly head: Head<'slow', 'scores'>;
  /** 10⁹ multiply-adds of one view, and 10⁶ parameters, as published. */
  readonly published: { readonly multiplyAdds: number; readonly parameters?: number };
  /** Why these numbers cannot be reproduced; they are listed, not asserted. */
  readonly differs?: string;
}

const classes = (count: number): PartCost['head'] =>
  classificationHead({ pathways: ['slow'], classes: count });

const image = (
  what: string,
  network: { depth: 50 | 101; groups: number; innerRatio: number },
  published: PartCost['published'],
): PartCost => ({
  ...{ what, source: 'torchvision', clip: { frames: 1, size: 224 }, published },
  backbone: () => resnet({ ...network, temporalKernels: c2dPlan }),
  head: classes(1000),
});

const UNCOUNTED = 'which operations are counted is not said';

const mobile = (
  variant: 'a0' | 'a1' | 'a2',
  inner: number,
  size: number,
  multiplyAdds: number,
  differs = UNCOUNTED,
): PartCost => ({
  ...{ what: `MoViNet-${variant.toUpperCase()}, base`, source: 'TensorFlow Model Garden' },
  ...{ clip: { frames: 50, size }, published: { multiplyAdds }, differs },
  backbone: () => movinet({ variant }),
  head: expansionHead({ pathways: ['slow'], classes: 600, inner, style: 'movinet' }),
});

/** Every one of them. */
export const PART_COSTS: readonly PartCost[] = [
  image(
    'ResNeXt-50 32×4d, one frame',
    { depth: 50, groups: 32, innerRatio: 2 },
    { multiplyAdds: 4.23, parameters: 25.029 },
  ),
  image(
    'ResNeXt-101 32×8d, one frame',
    { depth: 101, groups: 32, innerRatio: 4 },
    { multiplyAdds: 16.41, parameters: 88.791 },
  ),
  {
    ...{ what: 'ip-CSN-152', source: 'SlowFast, Table 2', clip: { frames: 32, size: 256 } },
    backbone: () => csn({ depth: 152, interactions: 'ip' }),
    head: classes(400),
    published: { multiplyAdds: 109 },
  },
  mobile('a0', 480, 172, 2.7),
  mobile('a1', 600, 172, 6),
  mobile(
    'a2',
    640,
    224,
    10,
    `${UNCOUNTED}; the released file has as many parameters as this, the paper fewer`,
  ),
];

/** The published numbers beside those of the graphs here, in their units. */
export function comparePartCosts(): readonly (PartCost & {
  readonly measured: { readonly multiplyAdds: number; readonly parameters: number };
})[] {
  return PART_COSTS.map((part) => {
    const { clip, backbone, head } = part;
    const { graph } = composeModel({
      name: 'part',
      size: clip.size,
      pathways: { slow: { backbone: backbone(), frames: clip.frames, temporalStride: 1 } },
      head,
    });
    const { multiplyAdds, parameters } = graphCost(graph);
    return {
      ...part,
      measured: { multiplyAdds: multiplyAdds / 1e9, parameters: parameters / 1e6 },
    };
  });
}
