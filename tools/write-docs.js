import { readFile, rename, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { describeModel } from '@slowfast/core';
import { drawModel } from '@slowfast/drawing';
import { catalogModel, costTable, publishedTable } from '@slowfast/models';

/**
 * Writes what is generated in docs/: the tables of costs and of published weights, the drawing of the README, and the
 * sources that the guides show.
 */
const root = new URL('../', import.meta.url);

async function write(path, text) {
  const target = new URL(path, root);
  const temporary = new URL(`${path}.tmp`, root);
  const settings = JSON.parse(await readFile(new URL('.prettierrc.json', root), 'utf8'));
  await writeFile(temporary, await format(text, { ...settings, parser: 'markdown' }));
  await rename(temporary, target);
}

/** Puts the file named in each `<!-- source: FILE -->` into the code block behind it. */
async function withSources(path) {
  const text = await readFile(new URL(path, root), 'utf8');
  const parts = text.split(/(<!-- source: \S+ -->\n\n```ts\n[\s\S]*?```)/);
  const filled = parts.map(async (part) => {
    const file = /^<!-- source: (\S+) -->/.exec(part)?.[1];
    if (!file) return part;
    const source = await readFile(new URL(file, root), 'utf8');
    return `<!-- source: ${file} -->\n\n\`\`\`ts\n${source}\`\`\``;
  });
  return (await Promise.all(filled)).join('');
}

const { model, title } = catalogModel('slowfast-8x8-r50', { size: 224 });
const drawing = drawModel(describeModel(model), { title });
await writeFile(new URL('docs/slowfast-8x8-r50.svg', root), `${drawing}\n`);
await write('docs/cost.md', costTable());
await write('docs/published-weights.md', await publishedTable());
for (const guide of ['docs/writing-a-backbone.md', 'docs/writing-a-fusion.md']) {
  await write(guide, await withSources(guide));
}
