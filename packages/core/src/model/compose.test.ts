import { printGraph } from '../ir/print.js';
import type { Triple, Value } from '../ir/types.js';
import { composeModel } from './compose.js';
import type { Backbone, Head, LateralConnection, Pathway } from './parts.js';

type Stages = 'stem' | 'body';

/** Two stages: a strided convolution, then one that keeps the size. */
function twoStages(channels: number): Backbone<Stages> {
  const stage = (name: Stages, stride: Triple) => ({
    name,
    build: (g: Parameters<Backbone['stages'][number]['build']>[0], x: Value) =>
      g.relu(g.batchNorm(g.conv3d(x, { channels, kernel: [1, 3, 3], stride }))),
  });
  return { stages: [stage('stem', [1, 2, 2]), stage('body', [1, 1, 1])] };
}

const strided: LateralConnection = {
  kind: 'every alpha-th frame',
  transform(g, from, to) {
    const [tFrom, tTo] = [from.type.shape[2] as number, to.type.shape[2] as number];
    return g.emit('slice', [from], { axis: 2, start: 0, stop: tFrom, step: tFrom / tTo });
  },
};

const repeat: LateralConnection = {
  kind: 'each frame alpha times',
  transform(g, from, to) {
    const [tFrom, tTo] = [from.type.shape[2] as number, to.type.shape[2] as number];
    const indices = Array.from({ length: tTo }, (_, i) => Math.floor((i * tFrom) / tTo));
    return g.emit('gather', [from], { axis: 2, indices });
  },
};

function pooled<const P extends string>(...pathways: readonly P[]): Head<P, 'pooled'> {
  return {
    pathways,
    build: (g, features) => ({
      pooled: g.concat(pathways.map((p) => g.mean(features[p], [2, 3, 4]))),
    }),
  };
}

const slow: Pathway<Stages> = { backbone: twoStages(8), frames: 2, temporalStride: 8 };
const fast: Pathway<Stages> = { backbone: twoStages(4), frames: 8, temporalStride: 2 };

const slowFast = () =>
  composeModel({
    name: 'tiny',
    size: 16,
    pathways: { slow, fast },
    laterals: [{ from: 'fast', to: 'slow', after: ['stem'], via: strided }],
    head: pooled('slow', 'fast'),
  });

describe('composeModel', () => {
  it('builds a graph that reads as the paper draws it', () => {
    expect(printGraph(slowFast().graph)).toMatchSnapshot();
  });

  it('needs no bookkeeping for a concatenation that widens a pathway', () => {
    const model = slowFast();
    expect(model.featureInfo('slow.stem').channels).toBe(8);
    expect(model.featureInfo('slow.stem.fused').channels).toBe(12);
    expect(model.graph.params.get('slow.body.conv.weight')!.type.shape).toEqual([8, 12, 1, 3, 3]);
  });

  it('takes one pathway', () => {
    const model = composeModel({ name: 'one', size: 16, pathways: { slow }, head: pooled('slow') });
    expect(Object.keys(model.graph.inputs)).toEqual(['slow']);
    expect(model.graph.outputs.pooled.type.shape).toEqual(['N', 8]);
  });

  it('takes three pathways, one of them of another size and with one channel', () => {
    const audio: Pathway<Stages> = {
      backbone: twoStages(2),
      frames: 8,
      temporalStride: 2,
      channels: 1,
      size: [16, 16],
    };
    const model = composeModel({
      name: 'three',
      size: 16,
      pathways: { slow, fast, audio },
      laterals: [
        { from: 'fast', to: 'slow', after: ['stem', 'body'], via: strided },
        { from: 'audio', to: 'slow', after: ['body'], via: strided },
      ],
      head: pooled('slow', 'fast', 'audio'),
    });
    expect(model.featureInfo('slow.body.fused').channels).toBe(8 + 4 + 2);
    expect(model.graph.outputs.pooled.type.shape).toEqual(['N', 14 + 4 + 2]);
  });

  it('runs laterals in both directions on what each side had before merging', () => {
    const model = composeModel({
      name: 'both ways',
      size: 16,
      pathways: { slow, fast },
      laterals: [
        { from: 'fast', to: 'slow', after: ['stem'], via: strided },
        { from: 'slow', to: 'fast', after: ['stem'], via: repeat },
      ],
      head: pooled('slow', 'fast'),
    });
    const source = (name: string): string =>
      model.graph.nodes.find((node) => node.name === name)!.inputs[0]!.name;
    expect(source('lateral.fast_to_slow.stem.slice')).toBe('fast.stem.relu');
    expect(source('lateral.slow_to_fast.stem.gather')).toBe('slow.stem.relu');
    expect(model.featureInfo('fast.stem.fused').channels).toBe(4 + 8);
  });

  it('adds to what was joined before, the same at all positions where the addition has one', () => {
    const everywhere: LateralConnection = {
      kind: 'mean',
      transform: (g, from, to) => {
        const one = g.mean(from, [2, 3, 4], true);
        return g.conv3d(one, { channels: g.channelsOf(to), kernel: [1, 1, 1] });
      },
    };
    const sound: Pathway<Stages> = { ...fast, frames: 32, temporalStride: 0.5, size: [1, 8] };
    const model = composeModel({
      name: 'sum of all',
      size: 16,
      pathways: { slow, fast, sound },
      laterals: [
        { from: 'fast', to: 'slow', after: ['stem'], via: strided },
        { from: 'sound', to: 'slow', after: ['stem'], via: everywhere, merge: 'sum' },
      ],
      head: pooled('slow', 'fast'),
    });
    expect(model.featureInfo('slow.stem.fused').channels).toBe(12);
    expect(model.graph.params.get('lateral.sound_to_slow.stem.conv.weight')!.type.shape[0]).toBe(
      12,
    );
    expect(model.featureInfo('sound.stem').stride.t).toBe(0.5);
  });

  it('merges by sum where channels are equal', () => {
    const wide: Pathway<Stages> = { ...fast, backbone: twoStages(8) };
    const model = composeModel({
      name: 'sum',
      size: 16,
      pathways: { slow, fast: wide },
      laterals: [{ from: 'fast', to: 'slow', after: ['stem'], via: strided, merge: 'sum' }],
      head: pooled('slow'),
    });
    expect(model.featureInfo('slow.stem.fused').channels).toBe(8);
  });
});

describe('what composing refuses', () => {
  const compose = (changes: object): (() => unknown) => {
    const spec = {
      name: 'tiny',
      size: 16,
      pathways: { slow, fast },
      head: pooled('slow', 'fast'),
      ...changes,
    } as Parameters<typeof composeModel>[0];
    return () => composeModel(spec);
  };
  const lateral = (changes: object): object => ({
    laterals: [{ from: 'fast', to: 'slow', after: ['stem'], via: strided, ...changes }],
  });

  it.each([
    ['no pathway', { pathways: {} }, 'tiny: expected at least one pathway, received none.'],
    [
      'a name that is none',
      { pathways: { 'a.b': slow } },
      "pathway a.b: expected a name of letters, digits, - and _ that begins with a letter, received 'a.b'.",
    ],
    [
      'a name that the graph needs itself',
      { pathways: { head: slow } },
      "pathway head: expected a name other than head and lateral, received 'head'.",
    ],
    [
      'half a pixel',
      { size: 15.5 },
      'tiny: expected size to be a whole number of at least 1, received 15.5.',
    ],
    [
      'one side of two',
      { size: [16] },
      'tiny: expected size to be height and width, received [16].',
    ],
    [
      'no size',
      { size: undefined },
      'tiny: expected size to be a whole number of at least 1, received undefined.',
    ],
    [
      'a stage whose name reads as a tap',
      { pathways: { slow: { ...slow, backbone: { stages: [{ name: 'stem.fused' }] } } } },
      'a stage of pathway slow: expected a name of letters, digits, - and _ that begins with a letter, ' +
        "received 'stem.fused'.",
    ],
    [
      'a merge that there is not',
      lateral({ merge: 'max' }),
      "lateral[fast->slow]: expected a merge (concat, sum), received 'max'. The nearest is 'sum'.",
    ],
    [
      'a head without outputs',
      { head: { pathways: ['slow'], build: () => ({}) } },
      'head: expected at least one output, received none.',
    ],
    [
      'half a frame',
      { pathways: { slow: { ...slow, frames: 2.5 }, fast } },
      'pathway slow: expected frames to be a whole number of at least 1, received 2.5.',
    ],
    [
      'no stage',
      { pathways: { slow: { ...slow, backbone: { stages: [] } }, fast } },
      'pathway slow: expected a backbone of at least one stage, received none.',
    ],
    [
      'a stage twice',
      {
        pathways: {
          slow: {
            ...slow,
            backbone: { stages: [slow.backbone.stages[0], slow.backbone.stages[0]] },
          },
          fast,
        },
      },
      'slow.stem: expected to be given once, received it twice.',
    ],
    [
      'an unknown pathway in a lateral',
      lateral({ from: 'fats' }),
      "lateral[fats->slow]: expected a pathway (slow, fast), received 'fats'. The nearest is 'fast'.",
    ],
    [
      'an unknown stage in a lateral',
      lateral({ after: ['stm'] }),
      "lateral[fast->slow]: expected a stage of pathway fast (stem, body), received 'stm'. The nearest is 'stem'.",
    ],
    [
      'a lateral onto itself',
      lateral({ to: 'fast' }),
      "lateral[fast->fast]: expected two different pathways, received 'fast' on both ends.",
    ],
    [
      'a lateral without stages',
      lateral({ after: [] }),
      'lateral[fast->slow]: expected at least one stage, received none.',
    ],
    [
      'pathways that span different lengths of video',
      { pathways: { slow, fast: { ...fast, temporalStride: 1 } } },
      'tiny: expected pathways that span the same raw frames (frames x temporalStride), received ' +
        'slow 2x8 = 16, fast 8x1 = 8. Multiply the frames of a pathway by α where its temporal stride is divided by α.',
    ],
    [
      'a lateral twice',
      lateral({ after: ['stem', 'stem'] }),
      'lateral[fast->slow].stem: expected to be given once, received it twice.',
    ],
    [
      'a head of an unknown pathway',
      { head: pooled('fat') },
      "head: expected a pathway (slow, fast), received 'fat'. The nearest is 'fast'.",
    ],
    [
      'a sum of different channels',
      lateral({ merge: 'sum' }),
      'lateral[fast->slow].stem: expected the connection to return N, C, T, H, W of slow.stem [N, 8, 2, 8, 8], ' +
        "received [N, 4, 2, 8, 8]. Merge by 'concat', or choose channels so that both sides have the same number.",
    ],
    [
      'a connection that returns another T',
      lateral({ via: { kind: 'nothing', transform: (_g: unknown, from: Value) => from } }),
      'lateral[fast->slow].stem: expected the connection to return N, T, H, W of slow.stem [N, 8, 2, 8, 8], ' +
        'received [N, 4, 8, 8, 8].',
    ],
  ])('%s', (_what, changes, message) => {
    expect(compose(changes)).toThrow(new Error(message));
  });

  it('laterals that wait for each other', () => {
    const reversed: Pathway<Stages> = {
      ...fast,
      backbone: { stages: [...fast.backbone.stages].reverse() },
    };
    const both = { after: ['stem', 'body'], via: strided };
    expect(
      compose({
        pathways: { slow, fast: reversed },
        laterals: [
          { from: 'fast', to: 'slow', ...both },
          { from: 'slow', to: 'fast', ...both },
        ],
      }),
    ).toThrow(
      new Error(
        "pathway slow: expected lateral connections that do not wait for each other, received a cycle at stage 'stem'. " +
          'Let the stages that laterals join come in the same order in both pathways.',
      ),
    );
  });

  it('an input too small for its windows, with the place', () => {
    const pooling: Pathway<'stem'> = {
      frames: 2,
      temporalStride: 1,
      backbone: {
        stages: [{ name: 'stem', build: (g, x) => g.maxPool3d(x, [4, 1, 1], [1, 1, 1]) }],
      },
    };
    expect(() =>
      composeModel({ name: 'm', size: 8, pathways: { p: pooling }, head: pooled('p') }),
    ).toThrow(
      new Error(
        'p.stem.max_pool3d: expected T of at least 4 for a window of 4, received T = 2. Give the pathway more frames.',
      ),
    );
  });
});

describe('features', () => {
  it('are a network of their own that asks only for the inputs it needs', () => {
    const fastOnly = slowFast().features(['fast.body']);
    expect(Object.keys(fastOnly.graph.inputs)).toEqual(['fast']);
    expect([...fastOnly.graph.params.keys()].every((name) => name.startsWith('fast.'))).toBe(true);
    expect(Object.keys(fastOnly.graph.outputs)).toEqual(['fast.body']);
  });

  it('come several at once, before and after merging, and from features again', () => {
    const two = slowFast().features(['slow.stem', 'slow.stem.fused']);
    expect(two.graph.outputs['slow.stem.fused'].type.shape).toEqual(['N', 12, 2, 8, 8]);
    const again = two.features(['slow.body']);
    expect(again.graph.outputs['slow.body'].type.shape).toEqual(['N', 8, 2, 8, 8]);
    expect(again.featureInfo('fast.stem').channels).toBe(4);
  });

  it('are described in raw frames and pixels', () => {
    const model = slowFast();
    expect(model.featureInfo('slow.body')).toEqual({
      pathway: 'slow',
      stage: 'body',
      fused: false,
      channels: 8,
      stride: { t: 8, h: 2, w: 2 },
      // 3x3 at stride 2, then 3x3: 3 + 2 · 2 = 7 pixels.
      receptiveField: { t: 1, h: 7, w: 7 },
      shape: ['N', 8, 2, 8, 8],
    });
    expect(model.featureInfo('fast.stem').stride).toEqual({ t: 2, h: 2, w: 2 });
  });

  it('of an unknown name are refused with the nearest', () => {
    const model = slowFast();
    const wrong = 'slow.stm' as 'slow.stem';
    expect(() => model.features([wrong])).toThrow(
      new Error(
        'tiny: expected a feature (slow.stem, fast.stem, slow.stem.fused, slow.body, fast.body), ' +
          "received 'slow.stm'. The nearest is 'slow.stem'.",
      ),
    );
  });
});
