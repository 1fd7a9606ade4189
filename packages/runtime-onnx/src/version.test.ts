import { readFileSync } from 'node:fs';
import { PRODUCER } from './version.js';

test('the version is the package’s', () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  expect(PRODUCER.version).toBe((JSON.parse(text) as { version: string }).version);
});
