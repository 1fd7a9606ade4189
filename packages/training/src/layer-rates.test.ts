import { GraphBuilder, type Value } from '@slowfast/core';
import { layerRates } from './layer-rates.js';

const STAGES = ['stem', 'res2', 'res3', 'res4', 'res5'];

/** Two pathways of a convolution a stage, laterals after all but the last, a head. */
function twoPathways() {
  const g = GraphBuilder.empty('net');
  const type = { dtype: 'float32', shape: ['N', 3, 2, 4, 4] } as const;
  const pathways: Record<string, Value> = {
    slow: g.input('slow', type),
    fast: g.input('fast', type),
  };
  const conv = (scope: string, x: Value): Value =>
    g.scope(scope).conv3d(x, { channels: 3, kernel: [1, 1, 1] });
  for (const stage of STAGES) {
    for (const [name, value] of Object.entries(pathways)) {
      pathways[name] = conv(`${name}.${stage}`, value);
    }
    if (stage === 'res5') break;
    const lateral = conv(`lateral.fast_to_slow.${stage}`, pathways['fast']!);
    pathways['slow'] = g.add(pathways['slow']!, lateral);
  }
  const joined = g.add(pathways['slow']!, pathways['fast']!);
  const scores = g.scope('head').linear(g.mean(joined, [2, 3, 4]), 3, 'projection');
  return g.build<'slow' | 'fast', 'scores'>({ scores });
}

const graph = twoPathways();
const named = (start: string): string =>
  [...graph.params.keys()].find((name) => name.startsWith(start))!;

it('falls from the head to the stem, laterals with the stage that they read', () => {
  const rateOf = layerRates(graph, { layerDecay: 0.5 });
  const parts = ['head', 'slow.res5', 'fast.res5', 'slow.res4', 'fast.res2', 'slow.stem'];
  expect(parts.map((part) => rateOf(named(part)))).toEqual([1, 0.5, 0.5, 0.25, 0.0625, 0.03125]);
  const laterals = [...graph.params.keys()].filter((name) => name.startsWith('lateral.'));
  expect(laterals.length).toBeGreaterThan(0);
  for (const name of laterals) {
    const stage = name.split('.')[2]!;
    expect([name, rateOf(name)]).toEqual([name, rateOf(named(`fast.${stage}`))]);
  }
});

it('takes the longest name that fits, beside the decay', () => {
  const rateOf = layerRates(graph, { rates: { slow: 2, 'slow.res5': 3, head: 10 } });
  expect(
    ['slow.res4', 'slow.res5', 'fast.res5', 'head'].map((part) => rateOf(named(part))),
  ).toEqual([2, 3, 1, 10]);
  expect(layerRates(graph, { layerDecay: 0.5, rates: { slow: 4 } })(named('slow.res5'))).toBe(2);
});

it('refuses parts that are not there and factors that are none', () => {
  expect(() => layerRates(graph, { rates: { 'slow.res6': 1 } })).toThrow(
    "rates: expected the name of a part that has parameters, received 'slow.res6'.",
  );
  expect(() => layerRates(graph, { layerDecay: 0 })).toThrow(
    'layerDecay: expected a positive factor, received 0.',
  );
});
