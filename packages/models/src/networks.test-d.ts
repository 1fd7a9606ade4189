/** @file Mistakes that the compiler finds. This file is type-checked, never run. */
import { fastPlan, slowPlan } from '@slowfast/backbones';
import { catalogModel } from './catalog.js';
import { onePathwayNetwork, slowFastNetwork } from './networks.js';

const common = {
  name: 'm',
  depth: 50,
  frames: 32,
  stride: 2,
  size: 224,
  width: 64,
  head: { classes: 400 },
} as const;

const both = slowFastNetwork({
  ...common,
  alpha: 8,
  beta: 1 / 8,
  slowKernels: slowPlan,
  fastKernels: fastPlan,
});
both.graph.outputs.scores satisfies { name: string };
both.features(['slow.res4.fused', 'fast.res5']).graph.outputs['fast.res5'] satisfies {
  name: string;
};

// @ts-expect-error -- there is no stage of this name
both.featureInfo('slow.res6');
// @ts-expect-error -- there is no pathway of this name
both.features(['audio.res5']);

const one = onePathwayNetwork({ ...common, pathway: 'fast', temporalKernels: fastPlan });
one.graph.inputs.fast satisfies { name: string };
// @ts-expect-error -- the pathway is called fast
void one.graph.inputs.slow;

// @ts-expect-error -- there is no zoo of this name
catalogModel('slowfast-4x16-r50', { zoo: 'torchhub' });
// @ts-expect-error -- there is no data set of this name
catalogModel('slowfast-4x16-r50', { dataset: 'ucf101' });
// @ts-expect-error -- there is no lateral connection of this name
catalogModel('slowfast-4x16-r50', { lateral: 't-pool' });
