/** @file Mistakes that the compiler finds. This file is type-checked, never run. */
import { composeModel } from './compose.js';
import type { Backbone, Head, LateralConnection, Stage } from './parts.js';

type With<I extends string> = Readonly<Record<I, object>>;

declare const backbone: Backbone<'stem' | 'res2'>;
declare const other: Backbone<'stem' | 'mixed'>;
declare const stages: { readonly stages: readonly [Stage<'stem'>, Stage<'res2'>] };
declare const via: LateralConnection;
declare const head: Head<'slow' | 'fast', 'scores'>;
declare const audioHead: Head<'audio', 'scores'>;

const pathways = {
  slow: { backbone, frames: 4, temporalStride: 16 },
  fast: { backbone, frames: 32, temporalStride: 2 },
} as const;
const base = { name: 'm', size: 224, pathways, head } as const;

const model = composeModel({
  ...base,
  laterals: [{ from: 'fast', to: 'slow', after: ['stem', 'res2'], via }],
});
model.graph.outputs.scores satisfies { name: string };
model.graph.inputs.fast satisfies { name: string };
model.featureInfo('slow.res2.fused');
model.features(['slow.res2', 'fast.stem']).graph.outputs['fast.stem'] satisfies { name: string };
model.features(['fast.res2']).graph.inputs satisfies With<'fast'>;
const ordered = composeModel({
  ...base,
  pathways: { slow: { ...pathways.slow, backbone: stages }, fast: pathways.fast },
  laterals: [{ from: 'fast', to: 'slow', after: ['stem', 'res2'], via }],
});
ordered.features(['slow.stem']).graph.inputs satisfies With<'slow'>;
ordered.features(['slow.res2']).graph.inputs satisfies With<'slow' | 'fast'>;
ordered.features(['slow.stem.fused']).graph.inputs satisfies With<'slow' | 'fast'>;
ordered.features(['slow.stem', 'fast.res2']).graph.inputs satisfies With<'slow' | 'fast'>;
const alone = composeModel(base);
alone.features(['slow.res2']).graph.inputs satisfies With<'slow'>;

// @ts-expect-error -- features of the Fast pathway need no slow frames
void ordered.features(['fast.res2']).graph.inputs.slow;
// @ts-expect-error -- nothing is merged before the stem's end
void ordered.features(['slow.stem']).graph.inputs.fast;
// @ts-expect-error -- there are no lateral connections
alone.featureInfo('slow.res2.fused');
// @ts-expect-error -- nothing is merged into the Fast pathway
model.features(['fast.res2.fused']);
composeModel({ ...base, laterals: [{ from: 'fast', to: 'slow', after: ['stem'], via }] }).features([
  'slow.stem.fused',
  // @ts-expect-error -- nothing is merged after this stage
  'slow.res2.fused',
]);
// @ts-expect-error -- there is no output of this name
void model.graph.outputs.logits;
// @ts-expect-error -- there is no input of this name
void model.graph.inputs.audio;
// @ts-expect-error -- there is no stage of this name
model.featureInfo('slow.res9');
// @ts-expect-error -- there is no pathway of this name
model.features(['audio.stem']);
// @ts-expect-error -- features are not outputs unless they were asked for
void model.features(['slow.res2']).graph.outputs['fast.stem'];

// @ts-expect-error -- a lateral from a pathway that there is not
composeModel({ ...base, laterals: [{ from: 'audio', to: 'slow', after: ['stem'], via }] });
// @ts-expect-error -- a lateral from a pathway to itself
composeModel({ ...base, laterals: [{ from: 'slow', to: 'slow', after: ['stem'], via }] });
// @ts-expect-error -- a lateral after a stage that there is not
composeModel({ ...base, laterals: [{ from: 'fast', to: 'slow', after: ['res9'], via }] });
composeModel({
  name: 'm',
  size: 224,
  pathways: { slow: pathways.slow, fast: { ...pathways.fast, backbone: other } },
  head,
  laterals: [
    // @ts-expect-error -- a lateral after a stage that only one of its ends has
    { from: 'fast', to: 'slow', after: ['mixed'], via },
  ],
});
// @ts-expect-error -- a head that reads a pathway that there is not
composeModel({ ...base, head: audioHead });
declare const regions: Head<'slow' | 'fast', 'scores', 'boxes'>;
const detector = composeModel({ ...base, head: regions });
detector.graph.inputs.boxes satisfies { name: string };
detector.graph.inputs.slow satisfies { name: string };
// @ts-expect-error -- a head without inputs of its own adds none
void model.graph.inputs.boxes;
// @ts-expect-error -- features need no boxes
void detector.features(['slow.res2']).graph.inputs.boxes;

const lateral = { from: 'fast', to: 'slow', after: ['stem'], via } as const;
// @ts-expect-error -- a merge that there is not
composeModel({ ...base, laterals: [{ ...lateral, merge: 'max' }] });
// @ts-expect-error -- a pathway without frames
composeModel({ ...base, pathways: { slow: { backbone, temporalStride: 2 }, fast: pathways.fast } });
