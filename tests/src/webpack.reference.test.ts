/**
 * @file webpack without any configuration, on the compiled packages: the page gets weights and WebAssembly of both runtimes by
 * itself, and its scores are Node's.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { videoClassifier } from 'slowfast';
import webpack from 'webpack';
import { html, openBrowser, serve } from './browser/chromium.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-webpack-'));
const sample = at('../../apps/studio/public/samples/handshake.webm');

/** What the page has on its global object. */
declare const best: (
  address: string,
  runtime: string,
) => Promise<{ readonly label: string; readonly score: number; readonly device: string }>;

let browser: Browser;
let server: Server;
let page: Page;

beforeAll(async () => {
  const out = join(scratch, 'out');
  expect(await bundled(out)).toEqual([]);
  const files = readdirSync(out).map(
    (name) => [`/${name}`, readFileSync(join(out, name))] as const,
  );
  server = await serve(
    new Map([
      ...files,
      ['/index.html', html('<script src="/main.js"></script>')],
      ['/handshake.webm', readFileSync(sample)],
    ]),
  );
  browser = await openBrowser(scratch, ['--disable-features=WebGPU']);
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  server?.close();
  server?.closeAllConnections();
  rmSync(scratch, { recursive: true, force: true });
});

/** Errors and warnings of a build. */
const bundled = (out: string): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const options = {
      mode: 'development',
      context: at('.'),
      entry: './browser/bundled-page.js',
      output: { path: out },
    } as const;
    webpack(options, (error, stats) => {
      if (error) return reject(error);
      const { errors = [], warnings = [] } = stats!.toJson({
        all: false,
        errors: true,
        warnings: true,
      });
      resolve([...errors, ...warnings].map(({ message }) => message));
    });
  });

test.each([
  ['onnx', /^onnxruntime-web \(wasm/],
  ['tfjs', /^tfjs \(wasm\)$/],
] as const)(
  '%s: Node’s score',
  async (runtime, device) => {
    await using classify = await videoClassifier();
    const [expected] = await classify(sample, { views: '2x1' });
    const found = await page.evaluate((name) => best('/handshake.webm', name), runtime);
    expect(found.label).toBe(expected!.label);
    expect(Math.abs(found.score - expected!.score)).toBeLessThan(1e-3);
    expect(found.device).toMatch(device);
  },
  60_000,
);
