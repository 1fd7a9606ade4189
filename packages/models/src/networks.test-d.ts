/** @file Mistakes that the compiler finds. This file is type-checked, never run. */
import { fastPlan, slowPlan } from '@slowfast/backbones';
import type {
  CompiledModel,
  HostTensor,
  LateralConnection,
  Model,
  Pathways,
  Runtime,
  WeightStore,
} from '@slowfast/core';
import type { ModelName } from './architectures.js';
import { catalogModel } from './catalog.js';
import { checkedModelName, isModelName } from './model-names.js';
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

declare const via: LateralConnection;
declare const tensor: HostTensor;
declare const runtime: Runtime<object>;
declare const weights: WeightStore;

const twoPathways = {
  ...common,
  alpha: 8,
  beta: 1 / 8,
  slowKernels: slowPlan,
  fastKernels: fastPlan,
} as const;
const both = slowFastNetwork({ ...twoPathways, lateral: { via, merge: 'concat' } });
both.graph.outputs.scores satisfies { name: string };
both.features(['slow.res4.fused', 'fast.res5']).graph.outputs['fast.res5'] satisfies {
  name: string;
};

both satisfies Model<Pathways, 'scores'>;
// @ts-expect-error -- without a lateral connection nothing is merged
slowFastNetwork(twoPathways).featureInfo('slow.res4.fused');
// @ts-expect-error -- nothing is merged after the last stage
both.featureInfo('slow.res5.fused');
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

// A catalog model by its name.
const { model } = catalogModel('slowfast-8x8-r50', { zoo: 'gluoncv' });
model.features(['slow.res4', 'slow.res4.fused', 'fast.res5']);
const fast = await runtime.compile(model.features(['fast.res5']), weights);
fast satisfies CompiledModel<'fast', 'fast.res5'>;
await fast.run({ fast: tensor });
const stem = await runtime.compile(model.features(['slow.stem']), weights);
await stem.run({ slow: tensor });
const slow = await runtime.compile(model.features(['slow.res2']), weights);
await slow.run({ slow: tensor, fast: tensor });
const detector = await runtime.compile(catalogModel('slowfast-8x8-r50-ava').model, weights);
await detector.run({ slow: tensor, fast: tensor, boxes: tensor });
catalogModel('fast-32x2-r50').model.graph.inputs.fast satisfies object;
catalogModel('slow-8x8-r50').model.features(['slow.res5']);
declare const either: 'slowfast-8x8-r50' | 'slowfast-4x16-r50';
catalogModel(either).model.features(['fast.res5']);

// @ts-expect-error -- there is no model of this name
catalogModel('slowfast-8x8-r52');
// @ts-expect-error -- there is no stage of this name
model.features(['slow.res6']);
// @ts-expect-error -- there is no lateral connection after the last stage
model.features(['slow.res5.fused']);
// @ts-expect-error -- nor any in a model without
catalogModel('slowfast-8x8-r50', { lateral: 'none' }).model.features(['slow.res4.fused']);
// @ts-expect-error -- a model of one pathway merges nothing
catalogModel('slow-8x8-r50').model.features(['slow.res4.fused']);
// @ts-expect-error -- nor has it another pathway
catalogModel('slow-8x8-r50').model.features(['fast.res4']);
// @ts-expect-error -- features of the Fast pathway need no slow frames
await fast.run({ slow: tensor, fast: tensor });
// @ts-expect-error -- and do need fast ones
await fast.run({});
// @ts-expect-error -- the stem of the Slow pathway reads no fast frames
await stem.run({ slow: tensor, fast: tensor });
// @ts-expect-error -- what follows it does
await slow.run({ slow: tensor });
// @ts-expect-error -- a detector needs boxes
await detector.run({ slow: tensor, fast: tensor });
// @ts-expect-error -- a classifier takes none
void model.graph.inputs.boxes;

// Another backbone is one Slow pathway with the same stages.
catalogModel('x3d-m').model.features(['slow.res4']);
// @ts-expect-error -- and has no Fast one
catalogModel('x3d-m').model.features(['fast.res4']);

// A name that only running shows.
declare const name: string;
declare const known: ModelName;
if (isModelName(name)) catalogModel(name).model satisfies Model<Pathways, 'scores'>;
catalogModel(checkedModelName(name)).model.features(['slow.res5', 'fast.res5']);
catalogModel(known).model.graph.inputs['boxes'] satisfies object | undefined;
// @ts-expect-error -- unless it was checked
catalogModel(name);
