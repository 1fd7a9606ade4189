/** @file How each model zoo names its parameters. */
import type { NameTemplate, ParameterKind, Spelling, TemplateOptions } from './name-template.js';
import { nameTemplate } from './name-template.js';

/** A family of checkpoints that share names. */
export type Zoo = 'slowfast' | 'pyslowfast' | 'pytorchvideo' | 'mmaction2' | 'gluoncv' | 'caffe2';

type Row = readonly [ParameterKind, string, TemplateOptions?];

const grammar = (rows: readonly Row[], spelling: Spelling = {}): readonly NameTemplate[] =>
  rows.map(([kind, pattern, options]) => nameTemplate(kind, pattern, spelling, options));

const X3D = { trunk: 'x3d' } as const;

const pyslowfast = grammar([
  ['stem.conv', 's1.pathway{p}_stem.conv.weight'],
  ['stem.norm', 's1.pathway{p}_stem.bn.{f}'],
  ['shortcut.conv', 's{n}.pathway{p}_res{i}.branch1.weight'],
  ['shortcut.norm', 's{n}.pathway{p}_res{i}.branch1_bn.{f}'],
  ['unit.conv', 's{n}.pathway{p}_res{i}.branch2.{u}.weight'],
  ['unit.norm', 's{n}.pathway{p}_res{i}.branch2.{u}_bn.{f}'],
  ['nonlocal.conv', 's{n}.pathway{p}_nonlocal{i}.conv_{t}.{f}'],
  ['nonlocal.norm', 's{n}.pathway{p}_nonlocal{i}.bn.{f}'],
  ['lateral.conv', 's{at}_fuse.conv_f2s.weight'],
  ['lateral.norm', 's{at}_fuse.bn.{f}'],
  ['head', 'head.projection.{f}'],
  ['stem.spatial', 's1.pathway{p}_stem.conv_xy.weight', X3D],
  [
    'squeeze',
    's{n}.pathway{p}_res{i}.branch2.se.{s}.{f}',
    { ...X3D, spelling: { s: { reduce: 'fc1', expand: 'fc2' } } },
  ],
  ['head.expand.conv', 'head.conv_5.weight', X3D],
  ['head.expand.norm', 'head.conv_5_bn.{f}', X3D],
  ['head.hidden', 'head.lin_5.weight', X3D],
]);

const ONE = { pathways: 1, fixed: { p: '0' } } as const;
const TWO = { pathways: 2 } as const;
const THREE = { pathways: 3 } as const;
/** Stages counted from 1 for res2. */
const FROM_ONE = { '2': '1', '3': '2', '4': '3', '5': '4' } as const;

/** The stages of a one-pathway model of PyTorchVideo. */
const pytorchvideoStages = (only: TemplateOptions): readonly Row[] => [
  ['shortcut.conv', 'blocks.{n}.res_blocks.{i}.branch1_conv.weight', only],
  ['shortcut.norm', 'blocks.{n}.res_blocks.{i}.branch1_norm.{f}', only],
  ['unit.conv', 'blocks.{n}.res_blocks.{i}.branch2.conv_{u}.weight', only],
  ['unit.norm', 'blocks.{n}.res_blocks.{i}.branch2.norm_{u}.{f}', only],
];

/** C2D and I3D count the pooling after res2 as a block. */
const POOL_BLOCK = {
  ...ONE,
  poolBlock: true,
  spelling: { n: { '2': '1', '3': '3', '4': '4', '5': '5' } },
} as const;

const BRANCH = 'blocks.{n}.res_blocks.{i}.branch2';
const MIDDLE = { ...ONE, fixed: { ...ONE.fixed, u: 'b' } } as const;
const FACTORISED = { ...MIDDLE, trunk: 'r2plus1d' } as const;

/** What PyTorchVideo's X3D and R(2+1)D have beside the names of a residual network, and before them. */
const pytorchvideoTrunks: readonly Row[] = [
  // The convolution that looks along time is called xy there.
  ['stem.spatial', 'blocks.0.conv.conv_t.weight', { ...ONE, ...X3D }],
  ['stem.conv', 'blocks.0.conv.conv_xy.weight', { ...ONE, ...X3D }],
  ['unit.norm', `${BRANCH}.norm_b.0.{f}`, { ...MIDDLE, ...X3D }],
  [
    'squeeze',
    `${BRANCH}.norm_b.1.block.{s}.{f}`,
    { ...ONE, ...X3D, spelling: { s: { reduce: '0', expand: '2' } } },
  ],
  ['head.expand.conv', 'blocks.5.pool.pre_conv.weight', X3D],
  ['head.expand.norm', 'blocks.5.pool.pre_norm.{f}', X3D],
  ['head.hidden', 'blocks.5.pool.post_conv.weight', X3D],
  ['unit.time.conv', `${BRANCH}.conv_b.conv_t.weight`, FACTORISED],
  ['unit.time.norm', `${BRANCH}.conv_b.norm.{f}`, FACTORISED],
  ['unit.conv', `${BRANCH}.conv_b.conv_xy.weight`, FACTORISED],
];

const PATHWAY_BLOCK = 'blocks.{n}.multipathway_blocks.{p}.res_blocks.{i}';

/** The pathways of a model of PyTorchVideo that has several. */
const pytorchvideoPathways = (only: TemplateOptions): readonly Row[] => [
  ['stem.conv', 'blocks.0.multipathway_blocks.{p}.conv.weight', only],
  ['stem.norm', 'blocks.0.multipathway_blocks.{p}.norm.{f}', only],
  ['shortcut.conv', `${PATHWAY_BLOCK}.branch1_conv.weight`, only],
  ['shortcut.norm', `${PATHWAY_BLOCK}.branch1_norm.{f}`, only],
  ['unit.conv', `${PATHWAY_BLOCK}.branch2.conv_{u}.weight`, only],
  ['unit.norm', `${PATHWAY_BLOCK}.branch2.norm_{u}.{f}`, only],
];

const FUSION = 'blocks.{at}.multipathway_fusion';
const FROM_AUDIO = { ...THREE, fixed: { from: '2', to: '0' } } as const;

/** What its audiovisual SlowFast has besides; the stem's convolution along time comes first, a block's second. */
const audiovisual: readonly Row[] = [
  [
    'stem.axis',
    'blocks.0.multipathway_blocks.{p}.conv.convs.{x}.weight',
    { ...THREE, spelling: { x: { time: '0', frequency: '1' } } },
  ],
  ['unit.axis.conv', `${PATHWAY_BLOCK}.branch2.conv_b.{x}.weight`, THREE],
  ['unit.axis.norm', `${PATHWAY_BLOCK}.branch2.norm_b.{x}.{f}`, THREE],
  ['lateral.conv', `${FUSION}.block_fast_to_slow.0.weight`, THREE],
  ['lateral.norm', `${FUSION}.block_fast_to_slow.1.{f}`, THREE],
  ['lateral.step.conv', `${FUSION}.block_audio_to_fastslow.{s}.weight`, FROM_AUDIO],
  [
    'lateral.step.norm',
    `${FUSION}.block_audio_to_fastslow.{s}.{f}`,
    { ...FROM_AUDIO, spelling: { s: { reduce: '1', expand: '4' } } },
  ],
];

const pytorchvideo = grammar(
  [
    ...pytorchvideoTrunks,
    ...pytorchvideoPathways(TWO),
    ...audiovisual,
    ...pytorchvideoPathways(THREE),
    ['stem.conv', 'blocks.0.conv.weight', ONE],
    ['stem.norm', 'blocks.0.norm.{f}', ONE],
    ...pytorchvideoStages({ ...ONE, poolBlock: false }),
    ...pytorchvideoStages(POOL_BLOCK),
    ['lateral.conv', 'blocks.{at}.multipathway_fusion.conv_fast_to_slow.weight', TWO],
    ['lateral.norm', 'blocks.{at}.multipathway_fusion.norm.{f}', TWO],
    ['head', 'blocks.6.proj.{f}', { pathways: 2, head: 'recognition' }],
    ['head', 'blocks.6.proj.{f}', { pathways: 3, head: 'recognition' }],
    ['head', 'blocks.5.proj.{f}', { pathways: 1, head: 'recognition', poolBlock: false }],
    ['head', 'blocks.6.proj.{f}', { pathways: 1, head: 'recognition', poolBlock: true }],
    ['head', 'detection_head.proj.{f}', { head: 'detection' }],
  ],
  {
    n: FROM_ONE,
    at: { '1': '0', '2': '1', '3': '2', '4': '3' },
    x: { frequency: '0', time: '1' },
    s: { reduce: '0', expand: '3' },
  },
);

const EMBEDDINGS = { theta: 'theta', phi: 'phi', g: 'g' } as const;
const MMACTION_UNITS = { a: '1', b: '2', c: '3' } as const;

/** The rows of a residual network of mmaction2 below a prefix. */
const mmactionTrunk = (prefix: string, only: TemplateOptions): readonly Row[] => [
  ['stem.conv', `${prefix}.conv1.conv.weight`, only],
  ['stem.norm', `${prefix}.conv1.bn.{f}`, only],
  ['shortcut.conv', `${prefix}.layer{n}.{i}.downsample.conv.weight`, only],
  ['shortcut.norm', `${prefix}.layer{n}.{i}.downsample.bn.{f}`, only],
  ['unit.conv', `${prefix}.layer{n}.{i}.conv{u}.conv.weight`, only],
  ['unit.norm', `${prefix}.layer{n}.{i}.conv{u}.bn.{f}`, only],
  // g and phi stand in a Sequential with their pooling, unless there is none.
  [
    'nonlocal.conv',
    `${prefix}.layer{n}.{i}.non_local_block.{t}.conv.{f}`,
    { ...only, spelling: { t: { theta: 'theta', phi: 'phi.0', g: 'g.0' } } },
  ],
  [
    'nonlocal.conv',
    `${prefix}.layer{n}.{i}.non_local_block.{t}.conv.{f}`,
    { ...only, spelling: { t: { phi: 'phi', g: 'g' } }, readOnly: true },
  ],
  // No bias: the normalisation that follows has one.
  [
    'nonlocal.conv',
    `${prefix}.layer{n}.{i}.non_local_block.conv_out.conv.weight`,
    { ...only, fixed: { ...only.fixed, t: 'out', f: 'weight' } },
  ],
  ['nonlocal.norm', `${prefix}.layer{n}.{i}.non_local_block.conv_out.bn.{f}`, only],
];

/** What its X3D has beside the names of a residual network, and before them. */
const mmactionX3d: readonly Row[] = [
  ['stem.spatial', 'backbone.conv1_s.conv.weight', { ...ONE, ...X3D }],
  ['stem.conv', 'backbone.conv1_t.conv.weight', { ...ONE, ...X3D }],
  ['stem.norm', 'backbone.conv1_t.bn.{f}', { ...ONE, ...X3D }],
  [
    'squeeze',
    'backbone.layer{n}.{i}.se_module.{s}.{f}',
    { ...ONE, ...X3D, spelling: { s: { reduce: 'fc1', expand: 'fc2' } } },
  ],
  ['head.expand.conv', 'backbone.conv5.conv.weight', X3D],
  ['head.expand.norm', 'backbone.conv5.bn.{f}', X3D],
  ['head.hidden', 'cls_head.fc1.weight', X3D],
  ['head', 'cls_head.fc2.{f}', { head: 'recognition', ...X3D }],
];

/** Its channel-separated networks: convolution b is a list of one, or of the pointwise and the depthwise one. */
const csnUnit = (at: 0 | 1, only: TemplateOptions): readonly Row[] => [
  ['unit.conv', `backbone.layer{n}.{i}.conv2.${at}.conv.weight`, { ...MIDDLE, ...only }],
  ['unit.norm', `backbone.layer{n}.{i}.conv2.${at}.bn.{f}`, { ...MIDDLE, ...only }],
];
const PRESERVING = { ...MIDDLE, trunk: 'ip-csn' } as const;
const mmactionCsn: readonly Row[] = [
  ...csnUnit(0, { trunk: 'ir-csn' }),
  ...csnUnit(1, { trunk: 'ip-csn' }),
  ['unit.pointwise.conv', 'backbone.layer{n}.{i}.conv2.0.conv.weight', PRESERVING],
  ['unit.pointwise.norm', 'backbone.layer{n}.{i}.conv2.0.bn.{f}', PRESERVING],
];

const mmaction2 = grammar(
  [
    ...mmactionCsn,
    ...mmactionX3d,
    ...mmactionTrunk('backbone.{p}', TWO),
    ...mmactionTrunk('backbone', ONE),
    ['lateral.conv', 'backbone.slow_path.{at}_lateral.conv.weight', TWO],
    // Only in files from before version 1, or made with `lateral_norm`.
    ['lateral.norm', 'backbone.slow_path.{at}_lateral.bn.{f}', TWO],
    ['head', 'cls_head.fc_cls.{f}', { head: 'recognition' }],
    ['head', 'roi_head.bbox_head.fc_cls.{f}', { head: 'detection' }],
  ],
  {
    p: { '0': 'slow_path', '1': 'fast_path' },
    n: FROM_ONE,
    u: MMACTION_UNITS,
    at: { '1': 'conv1', '2': 'layer1', '3': 'layer2', '4': 'layer3' },
  },
);

const LAYERS = { ...ONE, spelling: { n: FROM_ONE } } as const;
const INFLATED = { ...ONE, readOnly: true } as const;
const RES_LAYERS = {
  ...INFLATED,
  spelling: { n: { '2': '0', '3': '1', '4': '2', '5': '3' }, t: { ...EMBEDDINGS, out: 'W' } },
} as const;

const gluoncv = grammar(
  [
    ['stem.conv', '{p}_conv1.weight', TWO],
    ['stem.norm', '{p}_bn1.{f}', TWO],
    ['shortcut.conv', '{p}_res{n}.{i}.downsample.0.weight', TWO],
    ['shortcut.norm', '{p}_res{n}.{i}.downsample.1.{f}', TWO],
    ['unit.conv', '{p}_res{n}.{i}.conv{u}.weight', TWO],
    ['unit.norm', '{p}_res{n}.{i}.bn{u}.{f}', TWO],
    ['lateral.conv', 'lateral_{at}.0.weight', TWO],
    ['lateral.norm', 'lateral_{at}.1.{f}', TWO],
    // Its Slow-only networks have the names of torchvision's.
    ['stem.conv', 'conv1.weight', ONE],
    ['stem.norm', 'bn1.{f}', ONE],
    ['shortcut.conv', 'layer{n}.{i}.downsample.0.weight', LAYERS],
    ['shortcut.norm', 'layer{n}.{i}.downsample.1.{f}', LAYERS],
    ['unit.conv', 'layer{n}.{i}.conv{u}.weight', LAYERS],
    ['unit.norm', 'layer{n}.{i}.bn{u}.{f}', LAYERS],
    // Its I3D. What one network writes, all write: the names of torchvision come first.
    ['stem.conv', 'first_stage.0.weight', INFLATED],
    ['stem.norm', 'first_stage.1.{f}', INFLATED],
    ['shortcut.conv', 'res_layers.{n}.{i}.downsample.0.weight', RES_LAYERS],
    ['shortcut.norm', 'res_layers.{n}.{i}.downsample.1.{f}', RES_LAYERS],
    ['unit.conv', 'res_layers.{n}.{i}.conv{u}.weight', RES_LAYERS],
    ['unit.norm', 'res_layers.{n}.{i}.bn{u}.{f}', RES_LAYERS],
    ['nonlocal.conv', 'res_layers.{n}.{i}.nonlocal_block.{t}.{f}', RES_LAYERS],
    ['nonlocal.norm', 'res_layers.{n}.{i}.nonlocal_block.bn.{f}', RES_LAYERS],
    ['head', 'fc.{f}'],
  ],
  {
    p: { '0': 'slow', '1': 'fast' },
    u: MMACTION_UNITS,
    at: { '1': 'p1', '2': 'res2', '3': 'res3', '4': 'res4' },
  },
);

/**
 * Names under which a zoo's files hold a tensor a second time: modules that PyTorch finds on two ways. gluon-cv's I3D has
 * the classifier in `head`, too, and the output of a non-local block in `W_bn`.
 */
export const SECOND_NAMES: Readonly<
  Partial<Record<Zoo, readonly (readonly [pattern: RegExp, first: string])[]>>
> = {
  gluoncv: [
    [/^head\.1\.(weight|bias)$/, 'fc.$1'],
    [/^(res_layers\..+\.nonlocal_block\.)W_bn\.0\.(weight|bias)$/, '$1W.$2'],
    [/^(res_layers\..+\.nonlocal_block\.)W_bn\.1\.(\w+)$/, '$1bn.$2'],
  ],
};

/** `riv` holds a variance, in spite of its name. */
const BLOB_FIELDS = { weight: 's', bias: 'b', running_mean: 'rm', running_var: 'riv' } as const;
const BLOB_WEIGHTS = { spelling: { f: { weight: 'w', bias: 'b' } } } as const;
const AFTER_STEM = { fixed: { at: '1' } } as const;
const AFTER_STAGE = { spelling: { at: { '2': '2', '3': '3', '4': '4' } } } as const;

const caffe2 = grammar(
  [
    ['stem.conv', '{p}conv1_w'],
    ['stem.norm', '{p}res_conv1_bn_{f}'],
    ['shortcut.conv', '{p}res{n}_{i}_branch1_w'],
    ['shortcut.norm', '{p}res{n}_{i}_branch1_bn_{f}'],
    ['unit.conv', '{p}res{n}_{i}_branch2{u}_w'],
    ['unit.norm', '{p}res{n}_{i}_branch2{u}_bn_{f}'],
    ['nonlocal.conv', 'nonlocal_conv{n}_{i}_{t}_{f}', { fixed: { p: '0' }, ...BLOB_WEIGHTS }],
    ['nonlocal.norm', 'nonlocal_conv{n}_{i}_bn_{f}', { fixed: { p: '0' } }],
    ['lateral.conv', 't_pool1_subsample_w', AFTER_STEM],
    ['lateral.norm', 't_pool1_subsample_bn_{f}', AFTER_STEM],
    // The blob is named after the last convolution before it.
    ['lateral.conv', 't_res{at}_{last}_branch2{lastUnit}_bn_subsample_w', AFTER_STAGE],
    ['lateral.norm', 't_res{at}_{last}_branch2{lastUnit}_bn_subsample_bn_{f}', AFTER_STAGE],
    ['head', 'pred_{f}', BLOB_WEIGHTS],
  ],
  { p: { '0': '', '1': 't_' }, f: BLOB_FIELDS, lastUnit: { b: 'b', c: 'c' } },
);

/** This project's names for a model of the given pathways. */
export function ownGrammar(pathways: readonly string[]): readonly NameTemplate[] {
  const names = Object.fromEntries(pathways.map((name, i) => [`${i}`, name]));
  const third = { spelling: { p: { '2': pathways[2] ?? 'audio' } } };
  return grammar(
    [
      ['stem.conv', '{p}.stem.conv.weight'],
      ['stem.norm', '{p}.stem.norm.{f}'],
      ['shortcut.conv', '{p}.res{n}.{i}.shortcut.conv.weight'],
      ['shortcut.norm', '{p}.res{n}.{i}.shortcut.norm.{f}'],
      ['unit.conv', '{p}.res{n}.{i}.{u}.conv.weight'],
      ['unit.norm', '{p}.res{n}.{i}.{u}.norm.{f}'],
      ['nonlocal.conv', '{p}.res{n}.{i}.nonlocal.{t}.{f}'],
      ['nonlocal.norm', '{p}.res{n}.{i}.nonlocal.norm.{f}'],
      ['lateral.conv', 'lateral.{from}_to_{to}.{at}.conv.weight'],
      ['lateral.norm', 'lateral.{from}_to_{to}.{at}.norm.{f}'],
      ['stem.axis', '{p}.stem.{x}.weight', third],
      ['unit.axis.conv', '{p}.res{n}.{i}.b.{x}.conv.weight', third],
      ['unit.axis.norm', '{p}.res{n}.{i}.b.{x}.norm.{f}', third],
      ['lateral.step.conv', 'lateral.{from}_to_{to}.{at}.{s}.conv.weight'],
      ['lateral.step.norm', 'lateral.{from}_to_{to}.{at}.{s}.norm.{f}'],
      ['head', 'head.projection.{f}'],
      ['stem.spatial', '{p}.stem.spatial.weight', X3D],
      ['squeeze', '{p}.res{n}.{i}.squeeze.{s}.{f}'],
      ['unit.time.conv', '{p}.res{n}.{i}.{u}.time.conv.weight', { trunk: 'r2plus1d' }],
      ['unit.time.norm', '{p}.res{n}.{i}.{u}.time.norm.{f}', { trunk: 'r2plus1d' }],
      ['unit.pointwise', '{p}.res{n}.{i}.{u}.pointwise.weight'],
      ['unit.pointwise.conv', '{p}.res{n}.{i}.{u}.pointwise.conv.weight', { trunk: 'ip-csn' }],
      ['unit.pointwise.norm', '{p}.res{n}.{i}.{u}.pointwise.norm.{f}', { trunk: 'ip-csn' }],
      ['head.expand.conv', 'head.expand.conv.weight'],
      ['head.expand.norm', 'head.expand.norm.{f}'],
      ['head.hidden', 'head.hidden.weight'],
    ],
    {
      p: names,
      from: names,
      to: names,
      at: { '1': 'stem', '2': 'res2', '3': 'res3', '4': 'res4' },
    },
  );
}

/** The templates of every other zoo. */
export const ZOO_GRAMMARS: Readonly<Record<Exclude<Zoo, 'slowfast'>, readonly NameTemplate[]>> = {
  pyslowfast,
  pytorchvideo,
  mmaction2,
  gluoncv,
  caffe2,
};
