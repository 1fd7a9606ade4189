import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphBuilder, type Graph } from '@slowfast/core';
import { formulaClip, formulaStore } from '@slowfast/core/testing';
import { layerText, onnxRuntime, planLowering, tunePlan } from '../index.js';
import { canTake, isWindow } from '../lowering/plan.js';
import { candidatesOf } from './candidates.js';
import { fastest } from './tune-plan.js';

/** A stem, two blocks that are alike, a pooling. */
function network(size: number | string = 12): Graph {
  const g = GraphBuilder.empty('net');
  const x = g.input('fast', { dtype: 'float32', shape: ['N', 3, 6, size, size] });
  let y = g.relu(g.conv3d(x, { channels: 8, kernel: [5, 3, 3], name: 'stem' }));
  y = g.maxPool3d(y, [1, 3, 3], [1, 2, 2], [0, 1, 1]);
  for (const name of ['a', 'b']) y = g.conv3d(y, { channels: 8, kernel: [3, 1, 1], name });
  return g.build({ y: g.mean(y, [2, 3, 4]) });
}

const weights = formulaStore(
  [...network().params].map(([name, { type }]) => [name, type.shape as number[]]),
);

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-tune-'))));
afterEach(() => rm(folder, { recursive: true }));

test('distinct layers are measured once, and not again', async () => {
  const graph = network();
  const seen: string[] = [];
  const options = { threads: 1, cacheFolder: folder };
  const first = await tunePlan(graph, {
    ...options,
    onProgress: (done, total) => seen.push(`${done}/${total}`),
  });
  // `a` and `b` are one layer.
  expect(seen).toEqual(['0/3', '1/3', '2/3', '3/3']);
  expect(first.measured).toBe(3);
  expect([...first.plan.keys()]).toEqual([...planLowering(graph).keys()]);
  expect(first.times.get('a')).toBe(first.times.get('b'));
  for (const node of graph.nodes.filter(isWindow)) {
    const times = first.times.get(node.name)!;
    expect(times.map(({ lowering }) => lowering)).toEqual(candidatesOf(node));
    expect(times.every(({ milliseconds }) => milliseconds > 0)).toBe(true);
    expect(canTake(node, first.plan.get(node.name)!)).toBe(true);
  }
  const again = await tunePlan(graph, options);
  expect(again).toEqual({ ...first, measured: 0 });
  // Other threads are another machine.
  expect((await tunePlan(graph, { ...options, threads: 2 })).measured).toBe(3);
  expect(await readdir(folder)).toHaveLength(2);
});

test('what a tuned plan computes is what the plain graph computes', async () => {
  const model = { name: 'net', graph: network() };
  const feeds = { fast: formulaClip([2, 3, 6, 12, 12]) };
  const tuning = { cacheFolder: folder };
  await using tuned = await onnxRuntime({ threads: 1, lowering: 'tune', tuning }).compile(
    model,
    weights,
  );
  await using plain = await onnxRuntime({ threads: 1, lowering: 'none' }).compile(model, weights);
  const [a, b] = [await tuned.run(feeds), await plain.run(feeds)].map((result) =>
    Array.from(result['y']!.data, Number),
  );
  a!.forEach((value, i) => expect(value).toBeCloseTo(b![i]!, 5));
  expect(await readdir(folder)).toHaveLength(1);
});

test.each([
  ['{"format":', ': expected JSON, received'],
  ['[]', ': format: expected slowfast-lowering-1, received nothing'],
  [
    '{"format":"slowfast-lowering-1","layers":{"x":[{"lowering":"?"}]}}',
    ': layers.x[0].lowering: expected a lowering, received "?"',
  ],
])('a file of times that is of no use is replaced: %s', async (text, message) => {
  const options = { threads: 1, cacheFolder: folder };
  const { cacheFile } = await tunePlan(network(), options);
  await writeFile(cacheFile!, text);
  const warnings: string[] = [];
  const again = await tunePlan(network(), { ...options, onWarning: (w) => warnings.push(w) });
  expect(again.measured).toBe(3);
  expect(warnings[0]).toContain(`${cacheFile}${message}`);
  expect(warnings[0]).toMatch(/; layers are measured again$/);
  expect(JSON.parse(await readFile(cacheFile!, 'utf8'))).toHaveProperty('host.threads', 1);
  expect((await tunePlan(network(), options)).measured).toBe(0);
});

test('times that cannot be kept are a warning', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  const warnings: string[] = [];
  const onWarning = (text: string): number => warnings.push(text);
  const { measured } = await tunePlan(network(), { threads: 1, cacheFolder: file, onWarning });
  expect(measured).toBe(3);
  expect(warnings.at(-1)).toMatch(/^the measured times cannot be kept: /);
});

test('an abort between layers keeps what was measured', async () => {
  const controller = new AbortController();
  const options = { threads: 1, cacheFolder: folder };
  const tuning = tunePlan(network(), {
    ...options,
    signal: controller.signal,
    onProgress: (done) => done === 1 && controller.abort(new Error('enough')),
  });
  await expect(tuning).rejects.toThrow('enough');
  expect((await tunePlan(network(), options)).measured).toBe(2);
});

test('sizes that are known only when running leave the rule', async () => {
  const tuned = await tunePlan(network('S'), { cacheFolder: false });
  expect(tuned).toMatchObject({ measured: 0, plan: planLowering(network('S')), times: new Map() });
});

test('the rule stays where another lowering is faster by less than one can measure', () => {
  const single = { outputs: 1, inputs: 1 };
  const choose = (plain: number): string =>
    layerText(
      fastest(
        [
          { lowering: 'plain', milliseconds: plain },
          { lowering: single, milliseconds: 1 },
        ],
        single,
      ),
    );
  expect([choose(0.5), choose(0.97), choose(2)]).toEqual(['plain', '1 ← 1 frames', '1 ← 1 frames']);
});

test('blocks with more than 1.7 times the arithmetic are not tried', () => {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 4, 32, 8, 8] });
  const layer = g.conv3d(x, { channels: 4, kernel: [3, 1, 1] });
  const [node] = g.build({ layer }).nodes.filter(isWindow);
  expect(candidatesOf(node!).map(layerText)).toEqual([
    'plain',
    '1 ← 1 frames',
    '2 ← 1 frames',
    '3 ← 1 frames',
  ]);
});
