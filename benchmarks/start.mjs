/**
 * @file From the start of a process to its first inference: a first start, and a second one, which finds the model as it
 * was arranged in the cache. `node benchmarks/start.mjs [--json]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requiredTensors, writeFileAtomic, writeSafetensors } from '@slowfast/core';
import { formulaStore } from '@slowfast/core/testing';
import { catalogModel } from '@slowfast/models';
import { inChild, keep, median, rounded, runTask } from './measure.mjs';

const MODELS = [undefined, 'slowfast-4x16-r50', 'slowfast-16x8-r101-nl'];
const ROUNDS = 3;

const feedsOf = ({ inputs }) =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, [, ...sizes]]) => {
      const shape = [1, ...sizes];
      const data = new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5);
      return [name, { dtype: 'float32', shape, data }];
    }),
  );

const tasks = {
  async start({ model, weights }) {
    const { videoClassifier } = await import('slowfast');
    const classify = await videoClassifier({ ...(model ? { model, weights } : {}) });
    const readyMs = performance.now();
    const { user, system } = process.cpuUsage();
    const outputs = await classify.model.run(feedsOf(classify.model));
    const firstMs = performance.now() - readyMs;
    await classify.dispose();
    return {
      readyMs,
      firstMs,
      processorMs: (user + system) / 1000,
      scores: [...Object.values(outputs)[0].data],
    };
  },
};

async function formulaWeights(name, path) {
  const { graph } = catalogModel(name).model;
  const shapes = [...requiredTensors(graph)].map(([tensor, { shape }]) => [tensor, shape]);
  await writeFileAtomic(path, (sink) =>
    writeSafetensors(formulaStore(shapes), { sink, dtype: 'float32', metadata: { format: 'pt' } }),
  );
}

if (!(await runTask(tasks))) {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-start-'));
  const rows = [];
  try {
    for (const model of MODELS) {
      const weights = join(folder, 'weights.safetensors');
      if (model) await formulaWeights(model, weights);
      const starts = [];
      for (let round = 0; round < ROUNDS; round++) {
        process.env.SLOWFAST_CACHE = join(folder, `${model}-${round}`);
        const first = await inChild(import.meta.url, 'start', { model, weights });
        const second = await inChild(import.meta.url, 'start', { model, weights });
        if (`${first.scores}` !== `${second.scores}`) throw new Error(`${model}: other scores`);
        await rm(process.env.SLOWFAST_CACHE, { recursive: true });
        starts.push({ first, second });
      }
      const ms = (of) => rounded(median(starts.map(of)), 0);
      const [first, second] = [
        ms(({ first }) => first.readyMs),
        ms(({ second }) => second.readyMs),
      ];
      rows.push({
        model: model ?? 'the default',
        'first start, ms': first,
        'second start, ms': second,
        'second / first': rounded(second / first),
        'its processor time, ms': ms(({ second }) => second.processorMs),
        'first inference, ms': ms(({ second }) => second.firstMs),
        'peak, MiB': ms(({ second }) => second.peakMiB),
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
  else await keep('start', rows);
}
