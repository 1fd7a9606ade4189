/// <reference lib="dom" />
/** @file The examples for the browser, built as their READMEs say: a file and a camera are classified as in Node. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, serve } from './browser/chromium.js';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
  readonly path: string;
};
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-examples-'));
const video = join(scratch, 'handshake.mp4');
const slowfast = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [at('packages/slowfast/bin/slowfast.js'), ...args], {
    encoding: 'utf8',
  });

let browser: Browser;
let expected: readonly { readonly label: string; readonly score: number }[];

beforeAll(async () => {
  const source = at('examples/media/ut-interaction/handshake_s09_c52.avi');
  // MPEG-4 in AVI, which browsers do not play.
  execFileSync(ffmpeg, ['-v', 'error', '-i', source, '-c:v', 'libx264', '-an', video]);
  slowfast('export', '-o', join(scratch, 'model.onnx'));
  const answer = slowfast('classify', video, '--views', '3x1', '--top', '5', '--json');
  ({ predictions: expected } = JSON.parse(answer) as { predictions: typeof expected });
  browser = await openBrowser(scratch, [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
  ]);
});
afterAll(async () => {
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'browser-plain': [at('examples/browser-plain/build.js')],
  'browser-vite': [
    at('examples/node_modules/vite/bin/vite.js'),
    'build',
    '--emptyOutDir',
    '--outDir',
  ],
};

/** Builds an example as its README says, and opens its page with what is served beside it. */
async function opened(
  name: string,
  command: readonly string[],
  more: readonly (readonly [string, Uint8Array])[] = [],
): Promise<{ readonly page: Page } & AsyncDisposable> {
  const out = join(scratch, name);
  execFileSync(process.execPath, [...command, out], { cwd: at(`examples/${name}`), stdio: 'pipe' });
  const built = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path.slice(out.length), readFileSync(path)] as const);
  const server: Server = await serve(new Map([...built, ...more]));
  const page = await browser.newPage();
  const { port } = server.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/index.html`);
  return {
    page,
    [Symbol.asyncDispose]: async () => {
      await page.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

const saysSeconds = (page: Page): Promise<unknown> =>
  page.waitForFunction(
    () => /^\d+\.\d s/.test(document.getElementById('status')!.textContent),
    undefined,
    { timeout: 60_000 },
  );

test.each(Object.entries(EXAMPLES))('%s', async (name, command) => {
  const model = readFileSync(join(scratch, 'model.onnx'));
  await using example = await opened(name, command, [['/model.onnx', model]]);
  const { page } = example;
  await page.setInputFiles('#file', video);
  const classes = page.locator('#classes li');
  await classes.first().waitFor({ timeout: 60_000 });
  const texts = await classes.allTextContents();
  expect(texts).toHaveLength(expected.length);
  texts.forEach((text, i) => {
    const { label, score } = expected[i]!;
    expect(text.slice(0, label.length)).toBe(label);
    expect(Math.abs(parseFloat(text.slice(label.length)) / 100 - score)).toBeLessThan(1e-3);
  });
  await page.click('#camera');
  await saysSeconds(page);
  await page.click('#stop');
});

test('browser-worker', async () => {
  const name = 'browser-worker';
  await using example = await opened(name, [at(`examples/${name}/build.js`)]);
  const { page } = example;
  await page.click('#camera');
  await saysSeconds(page);
  expect(await page.locator('#classes li').count()).toBe(3);
  await page.click('#stop');
  await page.waitForFunction(() => document.getElementById('status')!.textContent === 'Stopped.');
});
