import { readFileSync } from 'node:fs';

/**
 * Adds up the `Tests:` lines that Jest prints for each package and closes with one line for all of
 * them; fails when there is none, since a gate that ran no test has proved nothing.
 */
const log = readFileSync(process.argv[2], 'utf8');
const total = { passed: 0, failed: 0, skipped: 0 };
for (const [line] of log.matchAll(/^.*Tests:\s.*$/gm)) {
  for (const [, count, kind] of line.matchAll(/(\d+) (passed|failed|skipped)/g)) {
    total[kind] += Number(count);
  }
}
const skipped = total.skipped ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.passed === 0 || total.failed > 0 ? 1 : 0;
