import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  ARCHITECTURES,
  catalogModel,
  checkedModelName,
  publishedCheckpoints,
  type Architecture,
  type CatalogEntry,
  type CatalogOptions,
  type PublishedCheckpoint,
} from '@slowfast/models';
import { firstName } from './names/reading.js';
import type { Zoo } from './names/zoo-grammars.js';
import { fromZooName, zooLayout } from './names/zoo-names.js';

/** Names and shapes of a zoo's model, renamed to this project's. */
function zooShapes(zoo: Zoo, file: string): Readonly<Record<string, string>> {
  const path = new URL(`./goldens/keys/${zoo}_${file}.txt.gz`, import.meta.url);
  const rows = gunzipSync(readFileSync(path))
    .toString()
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('#') && !line.includes('num_batches_tracked'))
    .map((line) => line.split('\t'))
    .filter(([name]) => firstName(zoo, name!) === undefined);
  const layout = zooLayout(
    zoo,
    rows.map(([name]) => name!),
  );
  return Object.fromEntries(
    // Lists of Caffe2 have PySlowFast's name between.
    rows.map((row) => [fromZooName(zoo, row[0]!, layout), row.at(-1)!] as const),
  );
}

const shapesOf = ({ model }: CatalogEntry): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...model.graph.params.values()].map(({ name, type }) => [name, `[${type.shape.join(', ')}]`]),
  );

describe('models have the parameters of the zoos’ own code', () => {
  it.each<readonly [Zoo, string, string, CatalogOptions]>([
    ['pyslowfast', 'SLOWFAST_4x16_R50', 'slowfast-4x16-r50', {}],
    ['pyslowfast', 'SLOWFAST_8x8_R50', 'slowfast-8x8-r50', {}],
    ['pyslowfast', 'SLOWFAST_8x8_R101_50_50', 'slowfast-8x8-r101', {}],
    ['pyslowfast', 'SLOWFAST_8x8_R101_50_101', 'slowfast-8x8-r101-50-101', {}],
    ['pyslowfast', 'SLOWFAST_8x8_R101_101_101', 'slowfast-8x8-r101-101-101', {}],
    ['pyslowfast', 'SLOWFAST_16x8_R101_50_50', 'slowfast-16x8-r101', {}],
    ['pyslowfast', 'SLOWFAST_NLN_16x8_R101_50_50', 'slowfast-16x8-r101-nl', {}],
    ['pyslowfast', 'SLOWFAST_NLN_8x8_R50', 'slowfast-nln-8x8-r50', {}],
    ['pyslowfast', 'SLOW_4x16_R50', 'slow-4x16-r50', {}],
    ['pyslowfast', 'SLOW_8x8_R50', 'slow-8x8-r50', {}],
    ['pyslowfast', 'I3D_8x8_R50', 'i3d-8x8-r50', {}],
    ['pyslowfast', 'I3D_NLN_8x8_R50', 'i3d-nln-8x8-r50', {}],
    ['pyslowfast', 'AVA_SLOW_4x16_R50', 'slow-4x16-r50-ava', {}],
    ['pyslowfast', 'AVA_SLOWFAST_32x2_R50', 'slowfast-8x8-r50-ava', {}],
    ['pyslowfast', 'AVA_SLOWFAST_32x2_R101_50_50', 'slowfast-8x8-r101-ava', {}],
    ['pytorchvideo', 'slow_r50_detection', 'slow-4x16-r50-ava', { zoo: 'pytorchvideo' }],
    ['pytorchvideo', 'slowfast_r50_detection', 'slowfast-8x8-r50-ava', { zoo: 'pytorchvideo' }],
    ['mmaction2', 'ava_slowfast_r50_8x8x1', 'slowfast-8x8-r50-ava', { zoo: 'mmaction2' }],
    ['pytorchvideo', 'SLOWFAST_4x16_R50', 'slowfast-4x16-r50', { zoo: 'pytorchvideo' }],
    ['pytorchvideo', 'slowfast_r50', 'slowfast-8x8-r50', { zoo: 'pytorchvideo' }],
    ['pytorchvideo', 'slowfast_r101', 'slowfast-8x8-r101-101-101', { zoo: 'pytorchvideo' }],
    ['pytorchvideo', 'slowfast_16x8_r101_50_50', 'slowfast-16x8-r101', { zoo: 'pytorchvideo' }],
    ['pytorchvideo', 'slow_r50', 'slow-8x8-r50', { zoo: 'pytorchvideo' }],
    ['pytorchvideo', 'c2d_r50', 'c2d-8x8-r50', { zoo: 'pytorchvideo' }],
    ['pytorchvideo', 'i3d_r50', 'i3d-8x8-r50', { zoo: 'pytorchvideo' }],
    ['mmaction2', 'slowfast_r50_4x16x1', 'slowfast-4x16-r50', { zoo: 'mmaction2' }],
    ['mmaction2', 'slowfast_r50_8x8x1', 'slowfast-8x8-r50', { zoo: 'mmaction2' }],
    ['mmaction2', 'slowfast_r101-r50_4x16x1', 'slowfast-4x16-r101-r50', { zoo: 'mmaction2' }],
    ['mmaction2', 'slowfast_r101_8x8x1', 'slowfast-8x8-r101-101-101', { zoo: 'mmaction2' }],
    ['mmaction2', 'slowonly_r50', 'slow-8x8-r50', { zoo: 'mmaction2' }],
    ['mmaction2', 'posec3d_slowonly_r50', 'posec3d-slowonly-r50', { classes: 60 }],
    ['mmaction2', 'posec3d_slowonly_r50', 'posec3d-slowonly-r50-limb', { classes: 60 }],
    ['mmaction2', 'posec3d_slowonly_r50_346', 'posec3d-slowonly-r50-346', {}],
    ['mmaction2', 'ircsn_r50', 'ir-csn-32x2-r50', {}],
    ['mmaction2', 'ircsn_r152', 'ir-csn-32x2-r152', {}],
    ['mmaction2', 'ipcsn_r152', 'ip-csn-32x2-r152', {}],
    ['gluoncv', 'torch_slowfast_4x16_resnet50', 'slowfast-4x16-r50', { zoo: 'gluoncv' }],
    ['gluoncv', 'torch_slowfast_8x8_resnet50', 'slowfast-8x8-r50', { zoo: 'gluoncv' }],
    ['gluoncv', 'torch_slowfast_8x8_resnet101', 'slowfast-8x8-r101-101-101', { zoo: 'gluoncv' }],
    ['gluoncv', 'torch_i3d_resnet50_v1', 'i3d-32x2-r50', { zoo: 'gluoncv' }],
    ['gluoncv', 'torch_i3d_resnet101_v1', 'i3d-32x2-r101', { zoo: 'gluoncv' }],
    ['gluoncv', 'torch_i3d_nl5_resnet50_v1', 'i3d-nln-32x2-r50', { zoo: 'gluoncv' }],
    ['gluoncv', 'torch_i3d_nl10_resnet50_v1', 'i3d-nl10-32x2-r50', { zoo: 'gluoncv' }],
    ['gluoncv', 'torch_i3d_nl5_resnet101_v1', 'i3d-nl5-32x2-r101', { zoo: 'gluoncv' }],
    ['gluoncv', 'torch_i3d_nl10_resnet101_v1', 'i3d-nl10-32x2-r101', { zoo: 'gluoncv' }],
    ['pyslowfast', 'X3D_M', 'x3d-m', {}],
    ['pyslowfast', 'X3D_L', 'x3d-l', {}],
    ['pytorchvideo', 'x3d_m', 'x3d-m', { zoo: 'pytorchvideo' }],
    ['pytorchvideo', 'x3d_l', 'x3d-l', { zoo: 'pytorchvideo' }],
    ['pytorchvideo', 'r2plus1d_r50', 'r2plus1d-16x4-r50', { zoo: 'pytorchvideo' }],
    ['pytorchvideo', 'csn_r101', 'ir-csn-32x2-r101', { zoo: 'pytorchvideo' }],
  ])('%s %s is %s', (zoo, file, name, options) => {
    const entry = catalogModel(checkedModelName(name), options);
    expect(shapesOf(entry)).toEqual(zooShapes(zoo, file));
  });
});

const checkpoints = await publishedCheckpoints();
const mapped = checkpoints.filter(({ network }) => network !== undefined);

const built = ({ network }: PublishedCheckpoint): CatalogEntry =>
  catalogModel(checkedModelName(network!.model), network!.options);

/** All but the classes, of which a checkpoint for another data set has another number. */
const withoutClasses = ({
  'head.projection.weight': weight = '',
  'head.projection.bias': _,
  ...others
}: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  ...others,
  'features of the classifier': weight.split(', ').slice(1).join(),
});

describe('published checkpoints', () => {
  const listed = mapped.filter(({ keys }) => keys !== undefined);
  it.each(listed.map((row) => [row.id, row] as const))('%s has the listed parameters', (_, row) => {
    const [, zoo, file] = /^([a-z0-9]+)_(.+)$/.exec(row.keys!)!;
    expect(withoutClasses(shapesOf(built(row)))).toEqual(
      withoutClasses(zooShapes(zoo as Zoo, file!)),
    );
  });

  const facts = JSON.parse(
    readFileSync(new URL('./goldens/published-configurations.json', import.meta.url), 'utf8'),
  ) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const configured = mapped.filter(({ id }) => facts[id] !== undefined);
  it.each(configured.map((row) => [row.id, row] as const))('%s is as configured', (id, row) => {
    const entry = built(row);
    const ours = configuration(entry, row);
    const theirs = facts[id]!;
    // AVA's own backbones before it are of other classes than their configuration, which is that of the detector.
    const isBackbone = id.includes('ava-pretrain');
    const compared = Object.fromEntries(
      Object.entries(theirs).filter(([key]) => !isBackbone || key !== 'classes'),
    );
    expect(Object.fromEntries(Object.keys(compared).map((key) => [key, ours[key]]))).toEqual(
      compared,
    );
  });

  it('are all checked, by a list or a configuration', () => {
    const unchecked = mapped.filter((row) => !row.keys && !facts[row.id]).map(({ id }) => id);
    expect(unchecked).toEqual([]);
  });
});

/** What configurations say of a network, of one that is built. */
function configuration(entry: CatalogEntry, row: PublishedCheckpoint): Record<string, unknown> {
  const shapes = new Map(
    [...entry.model.graph.params.values()].map(({ name, type }) => [name, type.shape]),
  );
  const architecture: Architecture = ARCHITECTURES[entry.name as keyof typeof ARCHITECTURES];
  const { clip, channelOrder } = entry.preprocessing;
  const kernels = (stage: string): number =>
    [...shapes].filter(
      ([name, shape]) =>
        name.startsWith(`slow.${stage}.`) && name.endsWith('.a.conv.weight') && shape[2] !== 1,
    ).length;
  return {
    clip: `${clip.frames}x${clip.stride}`,
    depth: architecture.depth,
    classes: shapes.get('head.projection.weight')![0],
    lateralNorm: shapes.has('lateral.fast_to_slow.stem.norm.weight'),
    lateralKernel: shapes.get('lateral.fast_to_slow.stem.conv.weight')?.[2],
    similarity: similarityOf(entry),
    nonLocal: [...shapes.keys()].flatMap(
      (name) => /^slow\.(res\d\.\d+)\.nonlocal\.out\.weight$/.exec(name)?.[1] ?? [],
    ),
    temporal: ['res2', 'res3', 'res4', 'res5'].map(kernels),
    channelOrder,
    pool: row.network!.options.pool,
    ...(architecture.kind === 'slowfast'
      ? { alpha: architecture.alpha, fastDepth: architecture.fastDepth ?? architecture.depth }
      : {}),
  };
}

/** How non-local blocks compare positions: by the operations that they are of. */
function similarityOf({ model }: CatalogEntry): string {
  const nodes = model.graph.nodes.filter(({ name }) => name.includes('.nonlocal'));
  const has = (op: string): boolean => nodes.some((node) => node.op === op);
  if (!has('softmax')) return 'dot-product';
  if (!nodes.some(({ name }) => name.endsWith('.theta'))) return 'gaussian';
  return has('scale') ? 'softmax' : 'softmax-unscaled';
}
