/**
 * @file Frame mAP at AVA's size: 60,000 key frames, 2 million detections, read from CSV and evaluated.
 * `node benchmarks/ava.mjs`
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AVA_EVALUATED_LABELS, evaluateAva, readAvaTable } from '@slowfast/evaluation';
import { inChild, keep, rounded, runTask, timed } from './measure.mjs';

const FRAMES = 60_000;
const DETECTIONS = 2_000_000;
const TRUTHS = 150_000;

/** A generator of its own, so that the files are the same on every run. */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

async function writeRows(file, rows, seed, withScore) {
  const next = random(seed);
  const out = createWriteStream(file);
  let text = '';
  for (let i = 0; i < rows; i++) {
    // Every key frame has a row of each file at least.
    const frame = i < FRAMES ? i : Math.floor(next() * FRAMES);
    const [x, y] = [(0.4 * Math.round(3 * next())) / 3, (0.4 * Math.round(3 * next())) / 3];
    const box = [x, y, x + 0.3 + 0.2 * next(), y + 0.3 + 0.2 * next()].map((v) => v.toFixed(3));
    const label = AVA_EVALUATED_LABELS[Math.floor(next() * AVA_EVALUATED_LABELS.length)];
    const score = withScore ? `,${next().toFixed(6)}` : '';
    text += `video${Math.floor(frame / 900)},${902 + (frame % 900)},${box.join()},${label}${score}\n`;
    if (text.length > 1 << 20) {
      if (!out.write(text)) await once(out, 'drain');
      text = '';
    }
  }
  out.end(text);
  await once(out, 'finish');
}

const tasks = {
  async evaluate({ truth, found }) {
    const read = (file) => readAvaTable(createReadStream(file, 'utf8'), { name: file });
    let [groundTruth, detections, result] = [];
    const readMs = await timed(async () => {
      groundTruth = await read(truth);
      detections = await read(found);
    });
    const evaluateMs = await timed(async () => {
      result = evaluateAva(groundTruth, detections);
    });
    return {
      readMs,
      evaluateMs,
      frames: groundTruth.frames.length,
      rows: detections.rows,
      meanAveragePrecision: result.meanAveragePrecision,
    };
  },
};

if (!(await runTask(tasks))) {
  const truth = join(tmpdir(), `slowfast-ava-truth-${process.pid}.csv`);
  const found = join(tmpdir(), `slowfast-ava-found-${process.pid}.csv`);
  try {
    await writeRows(truth, TRUTHS, 1, false);
    await writeRows(found, DETECTIONS, 2, true);
    const row = await inChild(import.meta.url, 'evaluate', { truth, found });
    const csvMiB = (await stat(found)).size / 2 ** 20;
    const shown = Object.entries({ csvMiB, ...row }).map(([key, value]) => [
      key,
      rounded(value, 4),
    ]);
    await keep('ava', [Object.fromEntries(shown)]);
  } finally {
    await rm(truth, { force: true });
    await rm(found, { force: true });
  }
}
