/** @file Mistakes that the compiler finds. This file is type-checked, never run. */
import type { Backbone } from '@slowfast/core';
import { resnet } from './resnet.js';
import { slowPlan } from './temporal-kernels.js';

resnet({ depth: 50, temporalKernels: slowPlan }) satisfies Backbone<
  'stem' | 'res2' | 'res3' | 'res4' | 'res5'
>;

// @ts-expect-error -- there is no network of this depth
resnet({ depth: 42, temporalKernels: slowPlan });
// @ts-expect-error -- a network needs a plan
resnet({ depth: 50 });
// @ts-expect-error -- a plan needs every stage
resnet({ depth: 50, temporalKernels: { stem: 1, res2: 1, res3: 1, res4: 3 } });
// @ts-expect-error -- there is no stage of this name
resnet({ depth: 50, temporalKernels: slowPlan, spatialStrides: { res6: 1 } });
// @ts-expect-error -- the stem has no dilation
resnet({ depth: 50, temporalKernels: slowPlan, spatialDilations: { stem: 2 } });
// @ts-expect-error -- there is no similarity of this name
resnet({ depth: 50, temporalKernels: slowPlan, nonLocal: { after: {}, similarity: 'cosine' } });
// @ts-expect-error -- a backbone has no stage of this name
resnet({ depth: 50, temporalKernels: slowPlan }) satisfies Backbone<'stem'>;
