/** @file The messages that docs/troubleshooting.md names are messages that the packages give. */
import { readFileSync, readdirSync } from 'node:fs';
import { ROOT, textOf } from './documents.js';

const sources = readdirSync(new URL('packages/', ROOT))
  .flatMap((name) => {
    const folder = new URL(`packages/${name}/src/`, ROOT);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !/\.test(-d)?\.ts$/.test(path))
      .map((path) => readFileSync(new URL(path, folder), 'utf8'));
  })
  .join('\n')
  // A message may go over several lines of a program.
  .replace(/['`]\s*\+\s*['`]/g, '');

const MESSAGES = [...textOf('docs/troubleshooting.md').matchAll(/\*\*`([^`]+)`\*\*/g)].map(
  ([, message]) => message!,
);

test.each(MESSAGES)('%s', (message) => {
  expect(sources.includes(message)).toBe(true);
});
