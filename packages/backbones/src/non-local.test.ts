import { GraphBuilder, type Graph, type HostTensor } from '@slowfast/core';
import { formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import { nonLocalBlock, type NonLocalOptions } from './non-local.js';

const [C, T, H, W] = [4, 2, 3, 4];
const INNER = C / 2;

function build(options: NonLocalOptions): Graph<'x', 'out'> {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', C, T, H, W] });
  return g.build({ out: nonLocalBlock(g.scope('nonlocal'), x, options) });
}

async function weightsOf(graph: Graph): Promise<Map<string, readonly number[]>> {
  const store = formulaStore(
    [...graph.params.values()].map(({ name, type }) => [name, type.shape as readonly number[]]),
  );
  const entries = [...store.names].map(async (name) => {
    return [name, [...(await store.read(name)).data].map(Number)] as const;
  });
  return new Map(await Promise.all(entries));
}

/** The block as the paper writes it, position by position: y = Σ f(q, k) g(k) / C(x), z = norm(W y) + x. */
async function expected(graph: Graph, x: HostTensor, options: NonLocalOptions): Promise<number[]> {
  const weights = await weightsOf(graph);
  const of = (name: string): readonly number[] => weights.get(`nonlocal.${name}`)!;
  const at = (c: number, t: number, h: number, w: number): number =>
    Number(x.data[((c * T + t) * H + h) * W + w]);
  const vector = (read: (c: number) => number): number[] =>
    Array.from({ length: C }, (_, c) => read(c));
  const project = (name: string, v: readonly number[], size: number): number[] =>
    Array.from({ length: size }, (_, o) =>
      v.reduce(
        (sum, value, i) => sum + value * of(`${name}.weight`)[o * v.length + i]!,
        of(`${name}.bias`)[o]!,
      ),
    );
  const isLate = options.poolOf === 'embeddings';
  const isGaussian = options.similarity === 'gaussian';
  const [pt, ph, pw] = options.pool === 'none' ? [1, 1, 1] : (options.pool ?? [1, 2, 2]);
  const memory: { readonly key: readonly number[]; readonly value: readonly number[] }[] = [];
  const most = (vectors: readonly (readonly number[])[]): number[] =>
    vectors[0]!.map((_, i) => Math.max(...vectors.map((v) => v[i]!)));
  for (let t = 0; t + pt <= T; t += pt)
    for (let h = 0; h + ph <= H; h += ph)
      for (let w = 0; w + pw <= W; w += pw) {
        const window: number[][] = [];
        for (let a = 0; a < pt; a++)
          for (let b = 0; b < ph; b++)
            for (let d = 0; d < pw; d++) window.push(vector((c) => at(c, t + a, h + b, w + d)));
        const embedded = (name: string): number[] =>
          isLate
            ? most(window.map((v) => project(name, v, INNER)))
            : project(name, most(window), INNER);
        memory.push({ key: isGaussian ? most(window) : embedded('phi'), value: embedded('g') });
      }
  const out = new Array<number>(C * T * H * W);
  for (let t = 0; t < T; t++)
    for (let h = 0; h < H; h++)
      for (let w = 0; w < W; w++) {
        const position = vector((c) => at(c, t, h, w));
        const query = isGaussian ? position : project('theta', position, INNER);
        const dots = memory.map(({ key }) => key.reduce((s, v, i) => s + v * query[i]!, 0));
        let shares = dots.map((dot) => dot / memory.length);
        if (options.similarity !== 'dot-product') {
          const root = options.similarity === 'softmax' ? Math.sqrt(INNER) : 1;
          const powers = dots.map((dot) => Math.exp(dot / root));
          const total = powers.reduce((a, b) => a + b, 0);
          shares = powers.map((power) => power / total);
        }
        const found = Array.from({ length: INNER }, (_, i) =>
          memory.reduce((sum, { value }, k) => sum + shares[k]! * value[i]!, 0),
        );
        project('out', found, C).forEach((value, c) => {
          const scale = of('norm.weight')[c]! / Math.sqrt(of('norm.running_var')[c]! + 1e-5);
          const normed = (value - of('norm.running_mean')[c]!) * scale + of('norm.bias')[c]!;
          out[((c * T + t) * H + h) * W + w] = normed + at(c, t, h, w);
        });
      }
  return out;
}

describe('nonLocalBlock', () => {
  it.each<NonLocalOptions>([
    { similarity: 'softmax' },
    { similarity: 'dot-product' },
    { similarity: 'softmax-unscaled' },
    { similarity: 'softmax', pool: [2, 2, 2] },
    { similarity: 'dot-product', pool: 'none' },
    { similarity: 'softmax', poolOf: 'embeddings' },
    { similarity: 'gaussian' },
    { similarity: 'gaussian', poolOf: 'embeddings' },
  ])('%j is what the paper writes', async (options) => {
    const graph = build(options);
    const x = formulaClip([1, C, T, H, W]);
    const store = formulaStore(
      [...graph.params.values()].map(({ name, type }) => [name, type.shape as readonly number[]]),
    );
    const { out } = await interpret(graph, store, { x });
    const reference = await expected(graph, x, options);
    expect(out.shape).toEqual([1, C, T, H, W]);
    const difference = Math.max(
      ...reference.map((value, i) => Math.abs(value - Number(out.data[i]))),
    );
    expect(difference).toBeLessThan(1e-5);
  });

  it('refuses a feature map smaller than its pooling window', () => {
    expect(() => build({ similarity: 'softmax', pool: [4, 2, 2] })).toThrow(
      expect.objectContaining({
        name: 'ShapeError',
        message:
          'nonlocal.max_pool3d: expected T of at least 4 for a window of 4, received T = 2. ' +
          'Give the pathway more frames.',
      }),
    );
  });

  it('refuses sizes that are not known', () => {
    const g = GraphBuilder.empty('test');
    const x = g.input('x', { dtype: 'float32', shape: ['N', 4, 2, 'H', 4] });
    expect(() =>
      nonLocalBlock(g.scope('nonlocal'), x, { similarity: 'softmax', pool: 'none' }),
    ).toThrow(
      'nonlocal: expected known T, H and W for a non-local block, received [N, 2, 2, H, 4].',
    );
  });
});
