import { composeModel, describeModel, type Backbone, type LateralConnection } from '@slowfast/core';
import { drawModel } from './draw-model.js';
import { modelPage } from './model-page.js';

/** Two stages of one convolution each, in a block. */
const backbone = (width: number): Backbone<'stem' | 'res2'> => ({
  stages: (['stem', 'res2'] as const).map((name, i) => ({
    name,
    blocks: { scopes: ['0'] },
    build: (g, x) =>
      g.scope('0').conv3d(x, {
        channels: width * (i + 1),
        kernel: [3, 3, 3],
        stride: [1, 2, 2],
        padding: [1, 1, 1],
      }),
  })),
});

const everyFourth: LateralConnection = {
  kind: 'every-fourth',
  transform: (g, from) => g.emit('slice', [from], { axis: 2, start: 0, stop: 8, step: 4 }),
};

const model = composeModel({
  name: 'two <pathways>',
  size: 32,
  pathways: {
    slow: { backbone: backbone(16), frames: 2, temporalStride: 8 },
    fast: { backbone: backbone(4), frames: 8, temporalStride: 2 },
    unread: { backbone: backbone(2), frames: 2, temporalStride: 8 },
  },
  laterals: [
    {
      from: 'fast',
      to: 'slow',
      after: ['stem'],
      via: everyFourth,
    },
  ],
  head: {
    pathways: ['slow', 'fast'],
    build: (g, { slow, fast }) => ({
      scores: g.concat([g.mean(slow, [2, 3, 4]), g.mean(fast, [2, 3, 4])], 1),
    }),
  },
});
const description = describeModel(model);
const texts = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);

describe('drawModel', () => {
  const svg = drawModel(description);

  it('says what each stage is: shapes, kernels, what a lateral adds, and cost', () => {
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        ...['slow', 'T = 2', 'τ = 8', 'fast', 'T = 8', 'τ = 2', 'unread'],
        ...['3 × 2 × 32²', '16 × 2 × 16²', '32 × 2 × 8²', '8 × 8 × 8²'],
        ...['3×3², 16, stride 1,2²', '+4', 'fast → slow', 'head', 'scores: 40'],
      ]),
    );
    const { multiplyAdds } = description.stages[0]!;
    expect(multiplyAdds).toBe(16 * 3 * 27 * 2 * 16 * 16);
    expect(texts(svg)).toContain(`664 k, ${parameters(0)}`);
  });

  it('leads arrows to the head from what it reads', () => {
    expect(description.head.pathways).toEqual(['slow', 'fast']);
    // Two between the boxes of each of three pathways, and two to the head.
    expect(svg.match(/class="tip"/g)).toHaveLength(3 * 2 + 2 + 1);
  });

  it('describes itself, escapes names, and is one SVG without scripts', () => {
    expect(svg).toContain('<title>two &lt;pathways&gt;</title>');
    expect(svg).toContain('Lateral connections: fast to slow after stem by every-fourth.');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*role="img"/);
    expect(svg).not.toMatch(/script|href|NaN|undefined|Infinity/);
    expect(drawModel(description, { title: '"&\u0000' })).toContain('<title>&quot;&amp;\ufffd<');
  });

  it('follows the reader, or stays light or dark', () => {
    expect(svg).toContain('prefers-color-scheme:dark');
    expect(drawModel(description, { theme: 'light' })).not.toContain('prefers-color-scheme');
    expect(drawModel(description, { theme: 'dark' })).toContain('--paper:#14191f');
  });

  it('is a page, too', () => {
    expect(modelPage(description, { title: 'a < b' })).toMatch(
      /^<!doctype html>[^]*<title>a &lt; b<\/title>[^]*<svg [^]*<\/svg>\n<\/html>\n$/,
    );
  });
});

const parameters = (stage: number): string => {
  const count = description.stages[stage]!.parameters;
  return count < 1000 ? `${count}` : `${(count / 1000).toPrecision(3)} k`;
};
