import { readFileSync, readdirSync } from 'node:fs';

const folders = ['export', 'lowering', 'proto'];
const files = folders.flatMap((folder) =>
  readdirSync(new URL(`../${folder}/`, import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`),
);

test.each(files)('%s imports neither ONNX Runtime nor Node', (file) => {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  const imports = [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, name]) => name!);
  expect(imports.filter((name) => name !== '@slowfast/core' && !name.startsWith('.'))).toEqual([]);
  // Nor sessions, which do.
  expect(imports.filter((name) => name.includes('session'))).toEqual([]);
  expect(text).not.toMatch(/\b(?:Buffer|process)\./);
});
