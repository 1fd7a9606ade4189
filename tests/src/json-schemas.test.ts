/** @file The published JSON Schemas are those of the code, and take what the repository itself has. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
import { readYaml } from '@slowfast/core';
import { catalogModel } from '@slowfast/models';

const root = new URL('../../', import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(name, root));

async function validator(name: string) {
  const schema = JSON.parse(
    await readFile(path(`packages/slowfast/schemas/${name}.json`), 'utf8'),
  ) as object;
  return new Ajv({ strict: false }).compile(schema);
}

test('they are current', async () => {
  await promisify(execFile)(process.execPath, [path('tools/json-schemas.js'), '--check']);
});

test('the configuration of the model that comes along is one, and one with a misspelt key is none', async () => {
  const isConfig = await validator('training');
  const file = path('packages/models/assets/ut-interaction/config.yaml');
  const config = (await readYaml(await readFile(file, 'utf8'), { site: file })) as object;
  expect([isConfig(config), isConfig.errors]).toEqual([true, null]);
  expect(isConfig({ ...config, trian: {} })).toBe(false);
});

test('so is the preprocessing of a published model', async () => {
  const isPreprocessing = await validator('preprocessing');
  const { preprocessing } = catalogModel('slowfast-8x8-r50');
  expect(isPreprocessing(preprocessing)).toBe(true);
  expect(isPreprocessing({ ...preprocessing, mean: [] })).toBe(false);
});
