import { slowFastNetwork } from '@slowfast/models';
import { fastPlan, slowPlan } from '@slowfast/backbones';
import { timeStridedConv } from '@slowfast/fusion';
import { layerRates } from './layer-rates.js';

const { graph } = slowFastNetwork({
  ...{ name: 'net', depth: 18, frames: 8, stride: 2, size: 32, width: 8, alpha: 4, beta: 1 / 8 },
  ...{ slowKernels: slowPlan, fastKernels: fastPlan },
  lateral: { via: timeStridedConv({ kernel: 5 }), merge: 'concat' },
  head: { classes: 3, pool: 'global', activation: 'none' },
});
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
