/**
 * @file Pages without a bundler: packages as a CDN serves them, by an import map, and the one ES module of
 * `@slowfast/browser`, both from another origin than the page's, give Node's scores of a real file.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { videoClassifier } from 'slowfast';
import type * as frontDoor from 'slowfast';
import { html, openBrowser, serve } from './browser/chromium.js';
import { importMap, packedFile, PACKAGES, staticImports } from './browser/raw-packages.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-module-'));
const built = join(scratch, 'page');
const video = at('../../apps/studio/public/samples/handshake.webm');

const servers: Server[] = [];
const addressOf = async (...request: Parameters<typeof serve>): Promise<string> => {
  const server = await serve(...request);
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

let browser: Browser;
let expected: readonly { readonly label?: string; readonly score: number }[];
let cdn: string;

beforeAll(async () => {
  execFileSync(process.execPath, [at('../../packages/browser/build.js'), built]);
  await using classify = await videoClassifier({ lowering: 'none' });
  expected = [...(await classify(video, { views: '1x1', top: 6 }))];
  const get = (path: string): Uint8Array | undefined =>
    path.startsWith('/module/') ? readFileSync(join(built, path.slice(8))) : packedFile(path);
  cdn = await addressOf({ get }, { isIsolated: false, isShared: true });
  browser = await openBrowser(scratch, ['--disable-features=WebGPU']);
});

afterAll(async () => {
  await browser?.close();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(scratch, { recursive: true, force: true });
});

/** The module that the page imports, and its import map. */
async function scoresFrom(module: string, imports: object, isIsolated: boolean) {
  const server = await addressOf(
    new Map([
      ['/page.html', html(`<script type="importmap">${JSON.stringify({ imports })}</script>`)],
      ['/handshake.webm', readFileSync(video)],
    ]),
    { isIsolated },
  );
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', ({ message }) => complaints.push(message));
  await page.goto(`${server}/page.html`);
  const answer = await page.evaluate(async (name) => {
    const { videoClassifier } = (await import(name)) as typeof frontDoor;
    const classify = await videoClassifier();
    const blob = await (await fetch('/handshake.webm')).blob();
    const predictions = await classify(blob, { views: '1x1', top: 6 });
    return { predictions: [...predictions], device: classify.model.device };
  }, module);
  await page.close();
  return { ...answer, complaints };
}

const expectScores = ({
  predictions,
  complaints,
}: Awaited<ReturnType<typeof scoresFrom>>): void => {
  expect(complaints).toEqual([]);
  expect(predictions.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
  predictions.forEach(({ score }, i) =>
    expect(Math.abs(score - expected[i]!.score)).toBeLessThan(1e-3),
  );
};

test.each(PACKAGES)('%s imports for pages at once only what pages have', async (name) => {
  const known = new Set(Object.keys(importMap('/')));
  const { files, outside } = await staticImports(name);
  expect(files.every((file) => !/\.test\.|\/testing\//.test(file))).toBe(true);
  for (const library of outside) {
    expect([library, known.has(library)]).toEqual([library, true]);
    if (/^(?:@slowfast\/|slowfast$)/.test(library)) continue;
    const further = (await staticImports(library)).outside;
    expect(further.filter((other) => !known.has(other))).toEqual([]);
  }
});

test('packed files and an import map', async () => {
  const imports = Object.fromEntries(
    Object.entries(importMap('/')).map(([name, path]) => [name, cdn + path]),
  );
  expectScores(await scoresFrom('slowfast', imports, false));
});

test.each([false, true])('one ES module, shared memory: %s', async (isIsolated) => {
  const answer = await scoresFrom(`${cdn}/module/slowfast.js`, {}, isIsolated);
  expectScores(answer);
  expect(answer.device).toContain(isIsolated ? 'thread' : 'wasm');
});

test('the module is small before anything is asked of it', () => {
  const { size } = statSync(join(built, 'slowfast.js'));
  console.log(`slowfast.js: ${Math.round(size / 1000)} kB`);
  expect(size).toBeLessThan(1e6);
});
