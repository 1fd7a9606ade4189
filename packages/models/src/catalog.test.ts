import { ARCHITECTURES } from './architectures.js';
import { catalogModel } from './catalog.js';
import type { CatalogOptions } from './catalog-options.js';
import { checkedModelName, isModelName, modelNames } from './model-names.js';
import { DATASETS, type Dataset } from './datasets.js';
import type { FastInput } from './fast-input.js';

const TINY = { width: 8, size: 64 } as const satisfies CatalogOptions;

test('an input that is not square is the whole frame, stretched', () => {
  const { model, preprocessing } = catalogModel('slowfast-4x16-r50', {
    ...{ width: 8, size: [64, 96], classes: 5 },
  });
  expect(model.graph.inputs.slow.type.shape).toEqual(['N', 3, 4, 64, 96]);
  expect(preprocessing).toMatchObject({ stretch: [64, 96], views: { clips: 10, crops: 1 } });
  expect(catalogModel('slow-4x16-r50-ava', TINY).preprocessing.stretch).toBeUndefined();
});

describe('the catalog', () => {
  it('has the published models', () => {
    expect(modelNames()).toEqual([
      'slowfast-4x16-r50',
      'slowfast-8x8-r50',
      'slowfast-16x8-r50',
      'slowfast-8x8-r101',
      'slowfast-8x8-r101-50-101',
      'slowfast-8x8-r101-101-101',
      'slowfast-4x16-r101-r50',
      'slowfast-4x16-r152-r50',
      'slowfast-16x8-r101',
      'slowfast-16x8-r101-nl',
      'slowfast-nln-4x16-r50',
      'slowfast-nln-8x8-r50',
      'avslowfast-4x16-r50',
      'avslowfast-8x8-r50',
      'avslowfast-8x8-r101',
      'slow-4x16-r50',
      'slow-8x8-r50',
      'slow-8x8-r101',
      'slow-nln-4x16-r50',
      'slow-nln-8x8-r50',
      'slow-nl-4x16-r50',
      'slow-nl-8x8-r50',
      'fast-32x2-r50',
      'c2d-8x8-r50',
      'c2d-nopool-8x8-r50',
      'c2d-nln-8x8-r50',
      'i3d-8x8-r50',
      'i3d-nln-8x8-r50',
      'c2d-8x8-r101',
      'i3d-8x8-r101',
      'i3d-nln-8x8-r101',
      'i3d-32x2-r50',
      'i3d-nln-32x2-r50',
      'i3d-nl10-32x2-r50',
      'i3d-heavy-32x2-r50',
      'i3d-32x2-r101',
      'i3d-nl5-32x2-r101',
      'i3d-nl10-32x2-r101',
      'slow-4x16-r50-ava',
      'slow-8x8-r50-ava',
      'slow-8x8-r101-ava',
      'slow-nl-4x16-r50-ava',
      'slow-nl-8x8-r50-ava',
      'slowfast-4x16-r50-ava',
      'slowfast-8x8-r50-ava',
      'slowfast-8x8-r101-ava',
      'slowfast-16x8-r101-ava',
      'x3d-xs',
      'x3d-s',
      'x3d-m',
      'x3d-l',
      'r2plus1d-16x4-r50',
      'ir-csn-32x2-r101',
      'ip-csn-32x2-r101',
      'ir-csn-32x2-r50',
      'ir-csn-32x2-r152',
      'ip-csn-32x2-r152',
      'posec3d-slowonly-r50',
      'posec3d-slowonly-r50-limb',
      'posec3d-slowonly-r50-346',
    ]);
    expect(isModelName('slowfast-4x16-r50')).toBe(true);
    expect(isModelName('toString')).toBe(false);
  });

  // Those over skeletons take frames of the whole video, whatever their distance.
  it.each(modelNames().filter((name) => !name.startsWith('posec3d')))(
    '%s: T × τ are those of its name or title',
    (name) => {
      const { model, preprocessing } = catalogModel(checkedModelName(name), TINY);
      const { title } = ARCHITECTURES[name];
      const [, T, stride] = (/-(\d+)x(\d+)-/.exec(name) ?? / (\d+)×(\d+)$/.exec(title))!.map(
        Number,
      );
      const first = Object.values(model.pathways)[0]!;
      expect([first.frames, first.temporalStride]).toEqual([T, stride]);
      // Every pathway sees the same span of the video.
      for (const { frames, temporalStride } of Object.values(model.pathways)) {
        expect(frames * temporalStride).toBe(preprocessing.clip.frames * preprocessing.clip.stride);
      }
      const boxes = name.endsWith('-ava') ? ['boxes'] : [];
      expect([...Object.keys(preprocessing.pathways), ...boxes]).toEqual(
        Object.keys(model.graph.inputs),
      );
    },
  );

  it.each(Object.keys(DATASETS) as Dataset[])('%s: classes and labels', (dataset) => {
    const detects = DATASETS[dataset].regions;
    const names = detects
      ? ['slowfast-8x8-r50-ava', 'slow-4x16-r50-ava']
      : ['slowfast-8x8-r50', 'slow-8x8-r50'];
    const rows = detects ? 'R' : 'N';
    for (const name of names) {
      const { model, preprocessing } = catalogModel(checkedModelName(name), { ...TINY, dataset });
      expect(model.graph.outputs.scores.type.shape).toEqual([rows, DATASETS[dataset].classes]);
      expect(preprocessing.labels).toBe(dataset);
    }
    const own = catalogModel(checkedModelName(names[1]!), { ...TINY, dataset, classes: 3 });
    expect(own.model.graph.outputs.scores.type.shape).toEqual([rows, 3]);
    expect(own.preprocessing.labels).toBeUndefined();
  });

  // Configurations of PySlowFast: frames, stride, crop of the test, positions that the classifier pools.
  it.each([
    ['x3d-xs', [4, 12, 182], [4, 5, 5]],
    ['x3d-s', [13, 6, 182], [13, 5, 5]],
    ['x3d-m', [16, 5, 256], [16, 7, 7]],
    ['x3d-l', [16, 5, 356], [16, 10, 10]],
    ['r2plus1d-16x4-r50', [16, 4, 256], [4, 7, 7]],
    ['ir-csn-32x2-r101', [32, 2, 256], [4, 7, 7]],
  ] as const)('%s has the published clip, crop and window', (name, clip, window) => {
    for (const zoo of ['pyslowfast', 'pytorchvideo'] as const) {
      const { model, preprocessing } = catalogModel(name, { zoo });
      const { clip: raw, crop, resize, mean, views } = preprocessing;
      expect([raw.frames, raw.stride, crop]).toEqual(clip);
      expect([resize, mean, views]).toEqual([
        crop,
        [0.45, 0.45, 0.45],
        { clips: 10, crops: 3, combine: 'mean' },
      ]);
      const pools = model.graph.nodes.flatMap((node) =>
        node.op === 'avg_pool3d' ? [node.attrs.kernel] : [],
      );
      expect(pools).toEqual([window]);
      // PyTorchVideo's X3D and CSN leave the activation to the caller, its R(2+1)D does not.
      const leaves = zoo === 'pytorchvideo' && !name.startsWith('r2plus1d');
      expect(preprocessing.activation).toBe(leaves ? 'softmax' : 'none');
      expect(model.graph.nodes.filter(({ op }) => op === 'softmax')).toHaveLength(leaves ? 0 : 1);
    }
  });

  it('names pathways, stages and the classifier’s order', () => {
    const { model, headOrder } = catalogModel('slowfast-4x16-r50', TINY);
    expect(Object.keys(model.graph.inputs)).toEqual(['slow', 'fast']);
    expect([...model.taps.keys()].filter((tap) => tap.startsWith('slow.'))).toEqual([
      'slow.stem',
      'slow.stem.fused',
      'slow.res2',
      'slow.res2.fused',
      'slow.res3',
      'slow.res3.fused',
      'slow.res4',
      'slow.res4.fused',
      'slow.res5',
    ]);
    expect(headOrder).toEqual(['slow', 'fast']);
    expect(catalogModel('fast-32x2-r50', TINY).headOrder).toEqual(['fast']);
  });

  it('knows accuracies with their sources', () => {
    expect(catalogModel('slowfast-4x16-r50', TINY).accuracy.slice(0, 2)).toEqual([
      { source: 'paper, Table 2', top1: 75.6, top5: 92.1 },
      { source: 'PySlowFast model zoo', top1: 75.6, top5: 92.0 },
    ]);
    expect(catalogModel('slowfast-16x8-r101', { ...TINY, dataset: 'charades' }).accuracy).toEqual([
      { source: 'paper, Table 4', meanAveragePrecision: 42.1 },
    ]);
    expect(catalogModel('i3d-8x8-r101', TINY).accuracy).toEqual([]);
  });
});

describe('options', () => {
  const poolsOf = (options: CatalogOptions, name = 'slowfast-16x8-r101-nl'): unknown => {
    const { nodes } = catalogModel(checkedModelName(name), { ...TINY, ...options }).model.graph;
    const pools = nodes.filter(
      ({ op, name: node }) => op === 'max_pool3d' && /nonlocal/.test(node),
    );
    return pools.map((node) => node.op === 'max_pool3d' && node.attrs.kernel);
  };

  it('pool keys and values as the paper’s cost demands, or as the zoo does', () => {
    expect(poolsOf({})).toEqual(new Array(3).fill([2, 2, 2]));
    expect(poolsOf({ nonLocalPool: [1, 2, 2] })).toEqual(new Array(3).fill([1, 2, 2]));
    expect(poolsOf({ nonLocalPool: 'none' })).toEqual([]);
    expect(poolsOf({}, 'i3d-nln-8x8-r50')).toEqual(new Array(5).fill([1, 2, 2]));
  });

  it('choose what the Fast pathway sees', () => {
    const stem = (fastInput: FastInput): readonly unknown[] => {
      const { model, preprocessing } = catalogModel('slowfast-4x16-r50', { ...TINY, fastInput });
      const { params, inputs } = model.graph;
      return [
        inputs.fast.type.shape[1],
        params.get('fast.stem.conv.weight')!.type.shape[1],
        preprocessing.pathways['fast']!.input,
      ];
    };
    expect(stem('rgb')).toEqual([3, 3, undefined]);
    expect(stem('grey')).toEqual([3, 1, undefined]);
    expect(stem('difference')).toEqual([3, 1, undefined]);
    expect(stem('half')).toEqual([3, 3, undefined]);
    expect(stem('flow')).toEqual([2, 2, 'flow']);
  });

  it('choose the lateral kernel', () => {
    const kernel = (name: string, options: CatalogOptions = {}): number => {
      const { params } = catalogModel(checkedModelName(name), { ...TINY, ...options }).model.graph;
      return params.get('lateral.fast_to_slow.res3.conv.weight')!.type.shape[2] as number;
    };
    expect(kernel('slowfast-8x8-r50')).toBe(7);
    expect(kernel('slowfast-nln-8x8-r50')).toBe(5);
    expect(kernel('slowfast-8x8-r50', { lateralKernel: 5 })).toBe(5);
    expect(kernel('slowfast-8x8-r101-101-101')).toBe(5);
    expect(kernel('slowfast-8x8-r101-101-101', { zoo: 'mmaction2' })).toBe(7);
  });

  it('change α, β, frames and the train crop', () => {
    const { model } = catalogModel('slowfast-4x16-r50', {
      frames: 64,
      alpha: 4,
      beta: 1 / 4,
      width: 16,
      size: 96,
      trainCrop: 64,
    });
    expect(model.graph.inputs['slow']!.type.shape).toEqual(['N', 3, 16, 96, 96]);
    expect(model.graph.inputs['fast']!.type.shape).toEqual(['N', 3, 64, 96, 96]);
    expect(model.featureInfo('fast.stem').channels).toBe(4);
    const pools = model.graph.nodes.filter(({ op }) => op === 'avg_pool3d');
    expect(pools.map((node) => node.op === 'avg_pool3d' && node.attrs.kernel)).toEqual([
      [16, 2, 2],
      [64, 2, 2],
    ]);
  });
});

describe('what the catalog refuses', () => {
  it.each([
    [
      'slowfast-4x16-r5',
      {},
      "model: expected one of the 60 known models, received 'slowfast-4x16-r5'. " +
        'The nearest are slowfast-4x16-r50, slowfast-4x16-r50-ava, avslowfast-4x16-r50.',
    ],
    [
      'slowfast-4x16-r50',
      { zoo: 'torchhub' },
      'catalogModel.zoo: expected one of pyslowfast, pytorchvideo, mmaction2, gluoncv, ' +
        "received 'torchhub'.",
    ],
    [
      'slowfast-4x16-r50',
      { dataset: 'ucf101' },
      'catalogModel.dataset: expected one of kinetics400, kinetics600, something-something-v2, ' +
        "charades, ava, received 'ucf101'.",
    ],
    [
      'slowfast-4x16-r50',
      { lateral: 'sum' },
      'catalogModel.lateral: expected one of t-conv, t-sample, ttoc-concat, ttoc-sum, none, ' +
        "received 'sum'.",
    ],
    [
      'slowfast-4x16-r50',
      { alpha: 5 },
      "slowfast-4x16-r50: alpha: expected a divisor of the clip's 32 frames, received 5.",
    ],
    [
      'slowfast-4x16-r50',
      { beta: 1 / 3, width: 64 },
      'resnet.width: expected a whole number of at least 1, received 21.333333333333332. ' +
        'Choose a channel ratio β that divides the width of the other pathway, or round the product.',
    ],
    [
      'slow-4x16-r50',
      { fastInput: 'grey' },
      "catalogModel.fastInput of slow-4x16-r50: expected a model with a Fast pathway, received 'grey'.",
    ],
    [
      'slowfast-4x16-r50',
      { fastInput: 'gray' },
      "catalogModel.fastInput: expected one of rgb, grey, difference, half, flow, received 'gray'.",
    ],
    [
      'slow-4x16-r50',
      { size: 31 },
      'catalogModel.size: expected a whole number of at least 32 pixels, received 31.',
    ],
    [
      'slow-4x16-r50',
      { size: [64, 31] },
      'catalogModel.size: expected a whole number of at least 32 pixels, received 31.',
    ],
    [
      'slow-4x16-r50',
      { size: [64, 96], views: { crops: 3 } },
      'catalogModel.views: expected one crop, since frames are stretched to an input that is not square, received 3 crops.',
    ],
    [
      'slow-4x16-r50',
      { trainCrop: 0 },
      'catalogModel.trainCrop: expected a whole number of at least 32 pixels, received 0.',
    ],
    [
      'x3d-m',
      { zoo: 'gluoncv' },
      'catalogModel.zoo of x3d-m: expected one of pyslowfast, pytorchvideo, mmaction2, whose conventions for it are known, ' +
        "received 'gluoncv'.",
    ],
    [
      'slow-4x16-r50',
      { classes: 0 },
      'classificationHead.classes: expected a whole number of at least 1, received 0.',
    ],
  ])('%s %j', (name, options, message) => {
    expect(() =>
      catalogModel(checkedModelName(name), { ...TINY, ...options } as CatalogOptions),
    ).toThrow(expect.objectContaining({ name: 'SpecError', message }));
  });

  it('TtoC by sum where αβ is not 1', () => {
    expect(() => catalogModel('slowfast-8x8-r50', { ...TINY, lateral: 'ttoc-sum' })).toThrow(
      expect.objectContaining({
        name: 'ShapeError',
        message:
          'lateral[fast->slow].stem: expected the connection to return N, C, T, H, W of slow.stem ' +
          '[N, 8, 8, 16, 16], received [N, 4, 8, 16, 16]. ' +
          "Merge by 'concat', or choose channels so that both sides have the same number.",
      }),
    );
  });

  it('every architecture has a title and a reference', () => {
    for (const { title, reference } of Object.values(ARCHITECTURES)) {
      expect(title).toMatch(
        /^(?:(?:(?:Audiovisual )?SlowFast|Slow-only|Fast-only|C2D|I3D|R\(2\+1\)D|i[rp]-CSN) \d+×\d+, R\d+|X3D-\w+ \d+×\d+$|PoseC3D on Slow-only R50, 48 frames, )/,
      );
      expect(reference).toMatch(
        /(?:ICCV 2019|CVPR 2018|CVPR 2020|CVPR 2022|2020 \(no weights were published\))$/,
      );
    }
  });
});
