import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { catalogModel, checkedModelName, type CatalogOptions } from '@slowfast/models';
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
    .map((line) => line.split('\t') as [string, string]);
  const layout = zooLayout(
    zoo,
    rows.map(([name]) => name),
  );
  return Object.fromEntries(
    rows.map(([name, shape]) => [fromZooName(zoo, name, layout), shape] as const),
  );
}

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
    ['gluoncv', 'torch_slowfast_4x16_resnet50', 'slowfast-4x16-r50', { zoo: 'gluoncv' }],
    ['gluoncv', 'torch_slowfast_8x8_resnet50', 'slowfast-8x8-r50', { zoo: 'gluoncv' }],
    ['gluoncv', 'torch_slowfast_8x8_resnet101', 'slowfast-8x8-r101-101-101', { zoo: 'gluoncv' }],
  ])('%s %s is %s', (zoo, file, name, options) => {
    const { model } = catalogModel(checkedModelName(name), options);
    const ours = [...model.graph.params.values()].map(
      ({ name: param, type }) => [param, `[${type.shape.join(', ')}]`] as const,
    );
    expect(Object.fromEntries(ours)).toEqual(zooShapes(zoo, file));
  });
});
