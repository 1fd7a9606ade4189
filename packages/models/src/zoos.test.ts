import type { Preprocessing } from '@slowfast/core';
import { catalogModel } from './catalog.js';
import type { CatalogOptions } from './catalog-options.js';
import { checkedModelName } from './model-names.js';

const preprocessing = (options: CatalogOptions, name = 'slowfast-4x16-r50'): Preprocessing =>
  catalogModel(checkedModelName(name), { width: 8, ...options }).preprocessing;

const opsOf = (options: CatalogOptions): readonly string[] =>
  catalogModel('slowfast-4x16-r50', { width: 8, ...options })
    .model.graph.nodes.filter(({ name }) => name.startsWith('head.'))
    .map(({ name }) => name);

describe('preprocessing', () => {
  it('PySlowFast on Kinetics-400', () => {
    expect(preprocessing({})).toEqual({
      clip: { frames: 32, stride: 2, fps: 30 },
      sampling: 'pyslowfast',
      pathways: {
        slow: { frames: 4, rule: 'linspace' },
        fast: { frames: 32, rule: 'linspace' },
      },
      resize: 256,
      crop: 256,
      mean: [0.45, 0.45, 0.45],
      std: [0.225, 0.225, 0.225],
      channelOrder: 'rgb',
      activation: 'none',
      views: { clips: 10, crops: 3, combine: 'mean' },
      labels: 'kinetics400',
    } satisfies Preprocessing);
  });

  it('PyTorchVideo leaves the activation to the caller', () => {
    expect(preprocessing({ zoo: 'pytorchvideo' })).toMatchObject({
      sampling: 'pytorchvideo',
      activation: 'softmax',
      pathways: { slow: { rule: 'linspace' } },
      views: { clips: 10, crops: 3, combine: 'mean' },
    });
    expect(opsOf({ zoo: 'pytorchvideo' }).filter((name) => name.includes('softmax'))).toEqual([]);
    expect(opsOf({}).filter((name) => name.includes('softmax'))).toEqual(['head.softmax']);
  });

  it('Something-Something V2 is sampled over the whole video, where the zoo does it', () => {
    const dataset = 'something-something-v2';
    expect(preprocessing({ dataset }).clip).toEqual({
      frames: 32,
      stride: 2,
      fps: 30,
      segments: true,
    });
    expect(preprocessing({ dataset, zoo: 'pytorchvideo' }).clip.segments).toBe(true);
    expect(preprocessing({ dataset, zoo: 'gluoncv' }).clip.segments).toBeUndefined();
  });

  it('mmaction2 and gluon-cv: their frames, normalisation and pooling', () => {
    for (const zoo of ['mmaction2', 'gluoncv'] as const) {
      expect(preprocessing({ zoo })).toMatchObject({
        sampling: 'mmaction2',
        pathways: { slow: { rule: 'stride' } },
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        activation: 'softmax',
      });
      expect(opsOf({ zoo }).filter((name) => name.includes('avg_pool3d'))).toEqual([]);
    }
    expect(catalogModel('slowfast-4x16-r50', { zoo: 'mmaction2' }).headOrder).toEqual([
      'fast',
      'slow',
    ]);
    expect(catalogModel('slowfast-4x16-r50', { zoo: 'gluoncv' }).headOrder).toEqual([
      'slow',
      'fast',
    ]);
  });

  it('mmaction2’s lateral convolution has neither norm nor ReLU', () => {
    const { nodes } = catalogModel('slowfast-4x16-r50', { width: 8, zoo: 'mmaction2' }).model.graph;
    const lateral = nodes.filter(({ name }) => name.startsWith('lateral.fast_to_slow.stem'));
    expect(lateral.map(({ op }) => op)).toEqual(['conv3d', 'concat']);
  });

  it('Charades: several labels, the maximum over views, and pictures at 24 a second where the zoo trained so', () => {
    expect(preprocessing({ dataset: 'charades' })).toMatchObject({
      clip: { fps: 24 },
      channelOrder: 'rgb',
      activation: 'none',
      views: { clips: 10, crops: 3, combine: 'max' },
      labels: 'charades',
    });
    expect(opsOf({ dataset: 'charades' })).toContain('head.sigmoid');
    expect(preprocessing({ dataset: 'charades', zoo: 'pytorchvideo' })).toMatchObject({
      channelOrder: 'rgb',
      activation: 'sigmoid',
      clip: { fps: 24 },
      views: { combine: 'max' },
    });
    expect(preprocessing({ dataset: 'charades', zoo: 'mmaction2' })).toMatchObject({
      channelOrder: 'rgb',
      clip: { fps: 30 },
    });
  });

  it('Something-Something V2: one clip, three crops, RGB', () => {
    expect(preprocessing({ dataset: 'something-something-v2' })).toMatchObject({
      channelOrder: 'rgb',
      views: { clips: 1, crops: 3, combine: 'mean' },
    });
  });

  it('tests at the scale of the crop', () => {
    expect(preprocessing({ size: 224 })).toMatchObject({ resize: 224, crop: 224 });
  });

  it('one pathway takes the clip as it is', () => {
    expect(preprocessing({}, 'slow-8x8-r50')).toMatchObject({
      clip: { frames: 8, stride: 8, fps: 30 },
      pathways: { slow: { frames: 8 } },
    });
    expect(preprocessing({}, 'fast-32x2-r50').pathways).toEqual({
      fast: { frames: 32, rule: 'linspace' },
    });
  });
});
