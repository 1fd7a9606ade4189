import {
  composeModel,
  GraphBuilder,
  type Backbone,
  type Dim,
  type Graph,
  type Head,
  type LateralConnection,
  type Value,
} from '@slowfast/core';
import { formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import { soundToVideo } from './sound-to-video.js';
import { spatialUpsample } from './spatial-upsample.js';
import { timeStridedConv } from './time-strided-conv.js';
import { timeStridedSample } from './time-strided-sample.js';
import { timeToChannel } from './time-to-channel.js';

const [C, T, H, W, ALPHA] = [3, 2, 2, 2, 4];

function build(via: LateralConnection): Graph<'from' | 'to', 'out'> {
  const g = GraphBuilder.empty('test');
  const from = g.input('from', { dtype: 'float32', shape: ['N', C, ALPHA * T, H, W] });
  const to = g.input('to', { dtype: 'float32', shape: ['N', 8, T, H, W] });
  return g.build({ out: via.transform(g.scope('lateral'), from, to) });
}

const from = formulaClip([1, C, ALPHA * T, H, W]);
const at = (c: number, t: number, h: number, w: number): number =>
  from.data[((c * ALPHA * T + t) * H + h) * W + w]!;

async function run(graph: Graph<'from' | 'to', 'out'>): Promise<readonly [string, number[]]> {
  const params = [...graph.params.values()].map(
    ({ name, type }) => [name, type.shape as readonly number[]] as const,
  );
  const feeds = { from, to: formulaClip([1, 8, T, H, W], 'to') };
  const { out } = await interpret(graph, formulaStore(params), feeds);
  return [out.shape.join(), [...out.data].map(Number)];
}

/** Elements of `[channels, T, H, W]` in C order by a rule. */
function elements(
  channels: number,
  rule: (c: number, t: number, h: number, w: number) => number,
): number[] {
  const size = channels * T * H * W;
  return Array.from({ length: size }, (_, i) => {
    const [w, h] = [i % W, Math.floor(i / W) % H];
    return rule(Math.floor(i / (W * H * T)), Math.floor(i / (W * H)) % T, h, w);
  });
}

describe('lateral connections', () => {
  it('timeToChannel packs frames frame-major', async () => {
    const [shape, data] = await run(build(timeToChannel()));
    expect(shape).toBe(`1,${ALPHA * C},${T},${H},${W}`);
    expect(data).toEqual(
      elements(ALPHA * C, (c, t, h, w) => at(c % C, ALPHA * t + Math.floor(c / C), h, w)),
    );
  });

  it('timeStridedSample takes every α-th frame from the first', async () => {
    const [shape, data] = await run(build(timeStridedSample()));
    expect(shape).toBe(`1,${C},${T},${H},${W}`);
    expect(data).toEqual(elements(C, (c, t, h, w) => at(c, ALPHA * t, h, w)));
  });

  it.each([5, 7, 1])('timeStridedConv of %i frames is centred on every α-th', async (kernel) => {
    const graph = build(timeStridedConv({ kernel, norm: false, activation: 'identity' }));
    const [shape, data] = await run(graph);
    const store = formulaStore([['lateral.conv.weight', [2 * C, C, kernel, 1, 1]]]);
    const weight = (await store.read('lateral.conv.weight')).data as Float32Array;
    expect([...graph.params.keys()]).toEqual(['lateral.conv.weight']);
    expect(shape).toBe(`1,${2 * C},${T},${H},${W}`);
    const reference = elements(2 * C, (o, t, h, w) => {
      let sum = 0;
      for (let c = 0; c < C; c++) {
        for (let k = 0; k < kernel; k++) {
          const frame = ALPHA * t + k - (kernel - 1) / 2;
          if (frame >= 0 && frame < ALPHA * T)
            sum += at(c, frame, h, w) * weight[(o * C + c) * kernel + k]!;
        }
      }
      return sum;
    });
    expect(Math.max(...reference.map((value, i) => Math.abs(value - data[i]!)))).toBeLessThan(1e-6);
  });

  it('timeStridedConv has batch norm and ReLU unless it is told otherwise', async () => {
    const graph = build(timeStridedConv({ channelRatio: 1 }));
    expect([...graph.params.keys()]).toEqual([
      'lateral.conv.weight',
      'lateral.norm.weight',
      'lateral.norm.bias',
      'lateral.norm.running_mean',
      'lateral.norm.running_var',
    ]);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['conv3d', 'batch_norm', 'activation']);
    const [shape, data] = await run(graph);
    expect(shape).toBe(`1,${C},${T},${H},${W}`);
    expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
  });

  it.each([
    ['timeToChannel', timeToChannel()],
    ['timeStridedSample', timeStridedSample()],
  ] as const)('%s leaves equal T as it is', (_, via) => {
    const g = GraphBuilder.empty('test');
    const value = g.input('from', { dtype: 'float32', shape: ['N', 3, 4, 2, 2] });
    expect(via.transform(g, value, value)).toBe(value);
  });
});

describe('spatialUpsample', () => {
  const upsampled = (height: number) => (): Graph<'from' | 'to', 'out'> => {
    const g = GraphBuilder.empty('test');
    const small = g.input('from', { dtype: 'float32', shape: ['N', C, ALPHA * T, H, W] });
    const to = g.input('to', { dtype: 'float32', shape: ['N', 8, T, height, 3 * W] });
    return g.build({ out: spatialUpsample(timeStridedSample()).transform(g, small, to) });
  };

  it('repeats what the connection gives along H and W', async () => {
    const feeds = { from, to: formulaClip([1, 8, T, 2 * H, 3 * W], 'to') };
    const { out } = await interpret(upsampled(2 * H)(), formulaStore([]), feeds);
    expect(out.shape).toEqual([1, C, T, 2 * H, 3 * W]);
    const pixel = (i: number): number =>
      at(
        Math.floor(i / (T * 6 * H * W)),
        ALPHA * (Math.floor(i / (6 * H * W)) % T),
        Math.floor((Math.floor(i / (3 * W)) % (2 * H)) / 2),
        Math.floor((i % (3 * W)) / 3),
      );
    expect([...out.data]).toEqual(Array.from({ length: out.data.length }, (_, i) => pixel(i)));
  });

  it('refuses a size that is no multiple', () => {
    expect(upsampled(3)).toThrow(
      "test: expected H = 3 of to to be a multiple of the other pathway's, received 2. " +
        'Choose an input size that both pathways halve evenly.',
    );
  });
});

describe('what lateral connections refuse', () => {
  const backbone: Backbone<'stem'> = { stages: [{ name: 'stem', build: (g, x) => g.relu(x) }] };
  const head: Head<'slow' | 'fast', 'out'> = {
    pathways: ['slow', 'fast'],
    build: (_, { slow }) => ({ out: slow }),
  };
  const compose = (slowFrames: number, fastSize: number, via: LateralConnection) => (): unknown =>
    composeModel({
      name: 'test',
      size: 8,
      pathways: {
        slow: { backbone, frames: slowFrames, temporalStride: 32 },
        fast: { backbone, frames: 32, temporalStride: slowFrames, size: fastSize },
      },
      laterals: [{ from: 'fast', to: 'slow', after: ['stem'], via }],
      head,
    });
  const kinds = [
    ['timeToChannel', timeToChannel()],
    ['timeStridedSample', timeStridedSample()],
    ['timeStridedConv', timeStridedConv()],
  ] as const;

  it.each(kinds)('%s: a fractional α', (_, via) => {
    expect(compose(5, 8, via)).toThrow(
      expect.objectContaining({
        name: 'ShapeError',
        message:
          'lateral[fast->slow].stem: expected T of fast.stem to be a multiple of T = 5 of slow.stem, ' +
          'received T = 32 (α = 6.40).',
      }),
    );
  });

  it.each(kinds)('%s: fewer frames than the pathway it leads to', (_, via) => {
    expect(compose(64, 8, via)).toThrow(
      'lateral[fast->slow].stem: expected T of fast.stem to be a multiple of T = 64 of slow.stem, ' +
        'received T = 32 (α = 0.50).',
    );
  });

  it.each(kinds)('%s: another spatial size', (_, via) => {
    expect(compose(4, 16, via)).toThrow(
      expect.objectContaining({
        name: 'ShapeError',
        message:
          'lateral[fast->slow].stem: expected H × W of fast.stem to be 8 × 8 as of slow.stem, ' +
          'received 16 × 16. Join stages of equal spatial stride, and give both pathways the same input size.',
      }),
    );
  });

  it('a T that is not known', () => {
    const g = GraphBuilder.empty('test');
    const value = (name: string, t: Dim): Value =>
      g.input(name, { dtype: 'float32', shape: ['N', 3, t, 2, 2] });
    const [unknown, known] = [value('from', 'T'), value('to', 2)];
    expect(() => timeStridedSample().transform(g, unknown, known)).toThrow(
      'test: expected known T of from and to, received T and 2.',
    );
  });

  it.each([
    [{ kernel: 4 }, 'timeStridedConv.kernel: expected an odd number of frames, received 4.'],
    [{ kernel: 0 }, 'timeStridedConv.kernel: expected an odd number of frames, received 0.'],
    [{ channelRatio: 0 }, 'timeStridedConv.channelRatio: expected a ratio above 0, received 0.'],
  ])('timeStridedConv(%j)', (options, message) => {
    expect(() => timeStridedConv(options)).toThrow(
      expect.objectContaining({ name: 'SpecError', message }),
    );
  });

  it('a channel ratio that gives a fraction of a channel', () => {
    expect(() => build(timeStridedConv({ channelRatio: 0.5 }))).toThrow(
      expect.objectContaining({
        name: 'SpecError',
        message:
          'lateral.conv: expected a whole number of output channels of at least 1, received 1.5. ' +
          'Choose a width that the channel ratio divides.',
      }),
    );
  });
});

describe('soundToVideo', () => {
  const heard = (frames: number) => (): Graph<'from' | 'to', 'out'> => {
    const g = GraphBuilder.empty('test');
    const sound = g.input('from', { dtype: 'float32', shape: ['N', 8, frames, 1, 10] });
    const to = g.input('to', { dtype: 'float32', shape: ['N', 5, 2, 4, 4] });
    return g.build({ out: soundToVideo().transform(g.scope('lateral'), sound, to) });
  };

  it('has the frames and channels of what it is added to, and one value for all positions', async () => {
    const graph = heard(16)();
    expect(graph.params.get('lateral.reduce.conv.weight')!.type.shape).toEqual([2, 8, 5, 1, 1]);
    const params = [...graph.params.values()].map(
      ({ name, type }) => [name, type.shape as readonly number[]] as const,
    );
    const feeds = {
      from: formulaClip([1, 8, 16, 1, 10], 'from'),
      to: formulaClip([1, 5, 2, 4, 4], 'to'),
    };
    const { out } = await interpret(graph, formulaStore(params), feeds);
    expect(out.shape).toEqual([1, 5, 2, 1, 1]);
    // The mean over frequency is all that it hears of a frame.
    const [first] = out.data;
    const turned = feeds.from.data.map((_, i, data) => data[i - (i % 10) + ((i + 3) % 10)]!);
    const again = await interpret(graph, formulaStore(params), {
      ...feeds,
      from: { ...feeds.from, data: turned },
    });
    expect(again.out.data[0]).toBeCloseTo(first as number, 5);
  });

  it('refuses what does not fit', () => {
    expect(heard(15)).toThrow(
      'lateral: expected T of from to be a multiple of T = 2 of to, received T = 15',
    );
    expect(() => soundToVideo({ kernel: 4 })).toThrow(
      'soundToVideo.kernel: expected an odd number of frames, received 4.',
    );
  });
});
