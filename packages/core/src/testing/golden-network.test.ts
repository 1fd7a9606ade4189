import { readFileSync } from 'node:fs';
import { GraphBuilder } from '../ir/builder.js';
import type { Triple, Value } from '../ir/types.js';
import { prepareForInference } from '../passes/pipeline.js';
import { requiredTensors } from '../weights/bind.js';
import { formulaClip, formulaStore } from './formula.js';
import { compareWithStage, parseGolden } from './golden.js';
import { interpret } from './interpreter.js';

const golden = parseGolden(
  readFileSync(new URL('./goldens/fast-pathway.json', import.meta.url), 'utf8'),
);

/** Convolution and batch norm under PyTorchVideo's names. */
function convNorm(
  g: GraphBuilder,
  x: Value,
  [conv, norm]: readonly [string, string],
  channels: number,
  kernel: Triple,
  stride: Triple = [1, 1, 1],
): Value {
  return g.batchNorm(g.conv3d(x, { channels, kernel, stride, name: conv }), { name: norm });
}

function bottleneck(g: GraphBuilder, x: Value, inner: number, stride: Triple): Value {
  const branch = g.scope('branch2');
  const isFirst = g.channelsOf(x) !== 4 * inner;
  const shortcut = isFirst
    ? convNorm(g, x, ['branch1_conv', 'branch1_norm'], 4 * inner, [1, 1, 1], stride)
    : x;
  const a = g.relu(convNorm(branch, x, ['conv_a', 'norm_a'], inner, [3, 1, 1]));
  const b = g.relu(convNorm(branch, a, ['conv_b', 'norm_b'], inner, [1, 3, 3], stride));
  return g.relu(g.add(shortcut, convNorm(branch, b, ['conv_c', 'norm_c'], 4 * inner, [1, 1, 1])));
}

function fastPathway() {
  const g = GraphBuilder.empty('fast');
  const [, channels, ...size] = golden.input.clip as [number, number, ...number[]];
  const clip = g.input('clip', { dtype: 'float32', shape: ['N', channels, ...size] });
  const at = (block: number) => g.scope(`blocks.${block}.multipathway_blocks.1`);
  const stem = at(0);
  const conv = convNorm(stem, clip, ['conv', 'norm'], 2, [5, 7, 7], [1, 2, 2]);
  let x = g.maxPool3d(g.relu(conv), [1, 3, 3], [1, 2, 2], [0, 1, 1]);
  const stages: Record<string, Value> = { 'blocks.0.pathway1': x };
  [3, 4, 6, 3].forEach((blocks, i) => {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 && i > 0 ? 2 : 1;
      const scope = at(i + 1).scope(`res_blocks.${block}`);
      x = bottleneck(scope, x, 2 * 2 ** i, [1, stride, stride]);
    }
    stages[`blocks.${i + 1}.pathway1`] = x;
  });
  return g.build<'clip', string>(stages);
}

test('the parameters are those of the reference, names and shapes', () => {
  const own = [...requiredTensors(fastPathway())].map(([name, { shape }]) => [name, shape]);
  const theirs = golden.params.filter(([name]) => !name.endsWith('num_batches_tracked'));
  expect(new Map(own as [string, unknown][])).toEqual(new Map(theirs));
});

test.each([
  ['as it is', (graph: ReturnType<typeof fastPathway>) => graph],
  ['prepared for inference', prepareForInference],
])('the interpreter agrees with PyTorch on the Fast pathway, %s', async (_, prepare) => {
  const outputs = await interpret(prepare(fastPathway()), formulaStore(golden.params), {
    clip: formulaClip(golden.input.clip),
  });
  expect(Object.keys(outputs)).toEqual(Object.keys(golden.stages));
  for (const [name, stage] of Object.entries(golden.stages)) {
    const { ok, maxAbsDiff, limit, mean, std } = compareWithStage(outputs[name]!, stage, 1e-4);
    expect({ name, ok, maxAbsDiff, limit }).toEqual({ name, ok: true, maxAbsDiff, limit });
    expect(Math.abs(mean - stage.mean)).toBeLessThan(1e-4 * Math.max(1, Math.abs(stage.mean)));
    expect(Math.abs(std - stage.std)).toBeLessThan(1e-4 * Math.max(1, stage.std));
  }
});
