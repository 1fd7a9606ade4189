/** @file The JSON Schemas for editors, made from the schemas by which files are read: `node tools/json-schemas.js [--check]`. */
import { readFile, writeFile } from 'node:fs/promises';
import { toJsonSchema } from '@valibot/to-json-schema';
import { format } from 'prettier';
import { calibrationSchema } from '@slowfast/runtime-onnx';
import { trainingConfigSchema } from '@slowfast/training';
import { preprocessingSchema } from '../packages/core/dist/schema/preprocessing.js';
import { adapterSchema } from '../packages/slowfast/dist/detect/person-adapter.js';

const root = new URL('../packages/slowfast/schemas/', import.meta.url);

const SCHEMAS = {
  training: ['Configuration of `slowfast train`', trainingConfigSchema],
  preprocessing: ['What belongs to weights: sampling, frames, colours, views', preprocessingSchema],
  calibration: ['Ranges of values for int8', calibrationSchema],
  'detector-adapter': ['How a detector of people is read', adapterSchema],
};

/** Text of a schema's file. What JSON Schema cannot say is checked when a file is read. */
async function textOf(name) {
  const [title, schema] = SCHEMAS[name];
  const options = { typeMode: 'input', ignoreActions: ['finite', 'check', 'raw_check'] };
  const { $schema, ...rest } = toJsonSchema(schema, options);
  const text = JSON.stringify({ $schema, $id: `slowfast-${name}/1`, title, ...rest });
  return format(text, { parser: 'json', printWidth: 100 });
}

const stale = [];
for (const name of Object.keys(SCHEMAS)) {
  const target = new URL(`${name}.json`, root);
  const text = await textOf(name);
  if (!process.argv.includes('--check')) await writeFile(target, text);
  else if ((await readFile(target, 'utf8').catch(() => '')) !== text) stale.push(target.pathname);
}
if (stale.length > 0) {
  console.error(`not as the code is (npm run docs:write): ${stale.join(', ')}`);
  process.exit(1);
}
