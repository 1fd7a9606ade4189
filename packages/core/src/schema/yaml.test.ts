import { performance } from 'node:perf_hooks';
import { readYaml } from './yaml.js';

const LIMIT = 65_536;

it('reads YAML and JSON', async () => {
  expect(await readYaml('a: [1, .5, true]\nb: {c: x}')).toEqual({
    a: [1, 0.5, true],
    b: { c: 'x' },
  });
  expect(await readYaml('{"a": null}')).toEqual({ a: null });
});

it('follows anchors, and reads what stands at a tag of Python', async () => {
  expect(await readYaml('a: &x [1, 2]\nb: *x')).toEqual({ a: [1, 2], b: [1, 2] });
  const warnings: unknown[] = [];
  const listen = (warning: unknown): void => void warnings.push(warning);
  process.on('warning', listen);
  expect(await readYaml('a: !!python/tuple [1, 2]')).toEqual({ a: [1, 2] });
  await new Promise(setImmediate);
  process.off('warning', listen);
  expect(warnings).toEqual([]);
});

it.each([
  ['no YAML', 'a: [', /^cfg: expected JSON or YAML, received /],
  ['a key twice', 'a: 1\nb: 2\na: 3', /^cfg: a: expected a key once, received it twice\.$/],
  [
    'a list in itself',
    'data: &a\n  - *a',
    /^cfg: (?:data(?:\[0\])+: expected values that end|expected JSON or YAML)/,
  ],
  [
    'a map in itself',
    'data: &a\n  size: *a',
    /^cfg: (?:data\.size\.size\.size: expected values that end|expected JSON or YAML)/,
  ],
  ['an anchor that is not there', 'a: *b', /^cfg: expected JSON or YAML, received /],
  [
    'anchors that double',
    Array.from(
      { length: 30 },
      (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1}, *a${i - 1}`}]`,
    ).join('\n'),
    /^cfg: .*(?:at most 65536 values|alias count)/,
  ],
  ['brackets', '['.repeat(LIMIT), /^cfg: expected at most 32 levels, received more\.$/],
  ['dashes', '- '.repeat(LIMIT / 2), /^cfg: expected at most 32 levels/],
  ['two documents', 'a: 1\n---\nb: 2', /^cfg: expected one document, received several\.$/],
  [
    'nothing but errors',
    '"'.repeat(LIMIT),
    /^cfg: expected JSON or YAML, received .* \(line 1\)\.$/,
  ],
  [
    'closed brackets',
    '['.repeat(LIMIT / 2) + ']'.repeat(LIMIT / 2),
    /^cfg: expected at most 32 levels/,
  ],
  ['too much', 'a'.repeat(LIMIT + 1), /^cfg: expected at most 65536 characters, received 65537\.$/],
])('refuses %s', async (_, text, message) => {
  await expect(readYaml(text, { site: 'cfg' })).rejects.toThrow(message);
});

it('takes a time that is linear in the keys', async () => {
  const keys = (count: number): string =>
    Array.from({ length: count }, (_, i) => `k${i}:`).join('\n');
  const timeOf = async (text: string): Promise<number> => {
    const start = performance.now();
    await readYaml(text);
    return performance.now() - start;
  };
  await timeOf(keys(1000));
  // 8 times the keys: 64 times as long where every key is compared with every other.
  expect((await timeOf(keys(8000))) / (await timeOf(keys(1000)))).toBeLessThan(32);
});
