/** @file A recipe from its file: of this project, or a configuration of PySlowFast. */
import { basename, extname } from 'node:path';
import { fileText, readData, readYaml, SpecError } from '@slowfast/core';
import { trainingConfigSchema } from '@slowfast/training';
import { pySlowFastRecipe, type CarriedRecipe } from './pyslowfast-recipe.js';
import { isPySlowFast, type PySlowFastRoot } from './pyslowfast-schema.js';

/** A recipe; that of PySlowFast with what it leaves out. */
export type Recipe = Pick<CarriedRecipe, 'config'> & Partial<CarriedRecipe>;

/** Reads a recipe; `entries` are keys and values that replace those of a PySlowFast configuration. */
export async function readRecipe(path: string, entries: readonly string[] = []): Promise<Recipe> {
  const root = await readYaml(await fileText(path), { site: path });
  if (isPySlowFast(root)) {
    return pySlowFastRecipe(await withEntries(root, entries), nameOf(path), path);
  }
  if (entries.length > 0) {
    throw new SpecError({
      site: entries[0]!.slice(0, 80),
      expected: 'a configuration of PySlowFast before it',
      received: `a recipe of this project, ${path}`,
      remedy: 'Change the recipe itself',
    });
  }
  return { config: readData(trainingConfigSchema, root, { site: path }) };
}

/** A configuration with keys and values after one another, as PySlowFast's command line has them. */
export async function withEntries(
  root: PySlowFastRoot,
  entries: readonly string[],
): Promise<PySlowFastRoot> {
  const changed: Record<string, unknown> = { ...root };
  for (let i = 0; i < entries.length; i += 2) {
    const [key, text] = [entries[i]!, entries[i + 1]];
    const [, section, name] = /^(?:([A-Z][A-Z0-9_]*)\.)?([A-Z][A-Z0-9x_]*)$/.exec(key) ?? [];
    if (name === undefined || text === undefined) {
      throw new SpecError({
        site: key.slice(0, 80),
        expected: 'a key such as TRAIN.BATCH_SIZE and a value after it',
        received: text === undefined ? 'no value' : 'another key',
      });
    }
    const value = await readYaml(text, { site: key });
    if (section === undefined) changed[name] = value;
    else changed[section] = { ...(changed[section] as object | undefined), [name]: value };
  }
  return changed;
}

/** The name of a configuration's model: that of its file. */
const nameOf = (path: string): string => basename(path, extname(path)) || 'model';
