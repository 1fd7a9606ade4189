import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { graphCost } from '@slowfast/core';
import { loadModel, NETWORK_METADATA_KEY } from '@slowfast/checkpoints';
import { format } from 'prettier';

/**
 * Writes what is measured of the default model, `node tools/write-model-card.js test.csv`: evaluates it on the
 * whole test list, keeps that in evaluation.json and fills in the tables of the model card.
 */
const root = new URL('../', import.meta.url);
const card = new URL('packages/models/assets/ut-interaction/', root);

async function write(name, text, parser) {
  const settings = JSON.parse(await readFile(new URL('.prettierrc.json', root), 'utf8'));
  const temporary = new URL(`${name}.tmp`, card);
  await writeFile(temporary, await format(text, { ...settings, parser }));
  await rename(temporary, new URL(name, card));
}

/** The objects that `slowfast evaluate --json` prints. */
async function evaluate(list, classes) {
  const bin = fileURLToPath(new URL('packages/slowfast/bin/slowfast.js', root));
  const args = [bin, 'evaluate', '--data', list, '--top', String(classes), '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const scoresOf = (predictions) =>
  predictions.toSorted((a, b) => a.index - b.index).map(({ score }) => Number(score.toFixed(6)));

function evaluationOf(objects, labels) {
  const { model, views, videos, top1, meanClassAccuracy, perClass, confusion } = objects.at(-1);
  const results = objects.slice(0, -2).map(({ file, label, predictions }) => {
    return { file: basename(file), label, scores: scoresOf(predictions) };
  });
  return { model, labels, views, videos, top1, meanClassAccuracy, perClass, confusion, results };
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const times = (count) => (count === 1 ? '' : count === 2 ? ' twice' : ` ${count} times`);

function accuracyTable({ labels, videos, top1, meanClassAccuracy, perClass, confusion }) {
  const rows = labels.map((label, i) => {
    const wrong = labels
      .map((other, j) => [other, confusion[i][j]])
      .filter(([other, count]) => other !== label && count > 0)
      .map(([other, count]) => `${other}${times(count)}`);
    return `| ${label} | ${perClass[i].videos} | ${confusion[i][i]} | ${wrong.join(', ')} |`;
  });
  const right = labels.reduce((sum, _, i) => sum + confusion[i][i], 0);
  return [
    '| class | videos | right | taken for |',
    '| --- | ---: | ---: | --- |',
    ...rows,
    `| all | ${videos} | ${right} | top-1 ${percent(top1)}, mean of classes ${percent(meanClassAccuracy)} |`,
  ].join('\n');
}

const LATERALS = {
  't-conv': 'T-conv',
  't-sample': 'T-sample',
  'ttoc-sum': 'TtoC-sum',
  'ttoc-concat': 'TtoC-concat',
  none: 'none',
};

function settingsTable({ entry, metadata }, fileMetadata, views) {
  const { config } = JSON.parse(fileMetadata[NETWORK_METADATA_KEY]);
  const { data, model, train } = config;
  const { depth = 18, width = 16, alpha = 4, beta = 1 / 8, lateral = 't-conv' } = model;
  const [height, across] = typeof data.size === 'number' ? [data.size, data.size] : data.size;
  const { parameters, multiplyAdds } = graphCost(entry.model.graph);
  const seconds = (data.frames * data.stride) / data.fps;
  const shape = data.aspect === 'stretch' ? 'stretched to' : 'cropped to';
  const optimizer = train.optimizer?.kind === 'adamw' ? 'AdamW' : 'SGD';
  const rows = {
    Network:
      `SlowFast, two ResNet-${depth} pathways, ${width} and ${width * beta} channels at the stem, ` +
      `α = ${alpha}, β = ${beta}, lateral ${LATERALS[lateral]}`,
    Parameters: parameters.toLocaleString('en').replaceAll(',', ' '),
    'Multiply-adds': `${(multiplyAdds / 1e9).toFixed(2)} G a view, ${views} views a video`,
    Clip:
      `${data.frames} frames, ${data.stride} apart at ${data.fps} fps (${seconds.toFixed(1)} s), ` +
      `${shape} ${across}×${height} pixels`,
    Classes: metadata.labels.join(', '),
    Training:
      `${train.epochs} epochs, ${optimizer}, rate ${train.schedule.lr}, batch ${train.batch}, ` +
      `seed ${fileMetadata.seed}; config.yaml, metrics.jsonl`,
  };
  const lines = Object.entries(rows).map(([name, text]) => `| ${name} | ${text} |`);
  return ['| | |', '| --- | --- |', ...lines].join('\n');
}

/** Puts a table between `<!-- NAME -->` and `<!-- end -->`. */
function filled(text, name, table) {
  const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(\n<!-- end -->)`);
  if (!place.test(text)) throw new Error(`README.md: expected a line <!-- ${name} -->`);
  return text.replace(place, (_, before, after) => `${before}\n${table}\n${after}`);
}

const list = process.argv[2];
if (list === undefined)
  throw new Error('expected the test list: node tools/write-model-card.js LIST');
const loaded = await loadModel();
const metadata = loaded.checkpoint.store.metadata;
await loaded.weights.close();
const { labels } = loaded.metadata;
const evaluation = evaluationOf(await evaluate(list, labels.length), labels);
await write('evaluation.json', JSON.stringify(evaluation), 'json');
const readme = await readFile(new URL('README.md', card), 'utf8');
const tables = {
  metadata: settingsTable(loaded, metadata, evaluation.views),
  accuracy: accuracyTable(evaluation),
};
await write(
  'README.md',
  Object.entries(tables).reduce((text, [name, table]) => filled(text, name, table), readme),
  'markdown',
);
