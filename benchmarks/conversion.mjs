/**
 * @file Checkpoint to safetensors: time and peak memory for a torch file of 138 MB (SlowFast 8x8 R50), made
 * here from initialised weights. `node benchmarks/conversion.mjs`
 */
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initialWeights, memoryStore, writeSafetensors } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';
import { fileSource, writeFileAtomic } from '@slowfast/core';
import { loadModel } from '@slowfast/checkpoints';
import { inChild, keep, rounded, runTask, timed } from './measure.mjs';

const MODEL = 'slowfast-8x8-r50';

const tasks = {
  async make({ file }) {
    const { torchZip } = await import('./torch-zip.mjs');
    const { graph } = catalogModel(MODEL).model;
    await torchZip(file, initialWeights(graph));
    return {};
  },
  async convert({ source, target }) {
    const ms = await timed(async () => {
      const { weights } = await loadModel({ weights: await fileSource(source) });
      await writeFileAtomic(target, (sink) => writeSafetensors(weights, { sink }));
      await weights.close?.();
    });
    return { ms };
  },
  async idle() {
    return { loaded: [memoryStore, loadModel].length };
  },
};

if (!(await runTask(tasks))) {
  const source = join(tmpdir(), `slowfast-${process.pid}.pyth`);
  const target = join(tmpdir(), `slowfast-${process.pid}.safetensors`);
  try {
    await inChild(import.meta.url, 'make', { file: source });
    const idle = await inChild(import.meta.url, 'idle', {});
    const rows = [];
    for (let round = 0; round < 3; round++) {
      const { ms, peakMiB } = await inChild(import.meta.url, 'convert', { source, target });
      rows.push({
        'file, MB': rounded((await stat(source)).size / 1e6, 0),
        ms: rounded(ms, 0),
        'peak, MiB': peakMiB,
        'of which Node itself, MiB': idle.peakMiB,
      });
    }
    await keep('conversion', rows);
  } finally {
    await Promise.all([source, target].map((file) => rm(file, { force: true })));
  }
}
