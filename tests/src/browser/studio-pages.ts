/** @file The studio's page in Chromium, built and served as `slowfast studio` serves it, for each of its tests. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  Browser,
  BrowserContext,
  BrowserContextOptions,
  Locator,
  Page,
} from 'playwright-core';
import { builtStudio } from './built-studio.js';
import { openBrowser } from './chromium.js';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** A video of a handshake that the studio brings along. */
export const SAMPLE = at('apps/studio/public/samples/handshake.webm');

/** A page of the studio, with what it asked for and what it could not do. */
export interface StudioPage {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly problems: readonly string[];
}

/** The studio, its browser, and a folder for what is saved. */
export interface OpenStudio extends AsyncDisposable {
  readonly scratch: string;
  readonly url: string;
  readonly browser: Browser;
  /** The studio, or another address, in a browser context of its own. */
  open(hash: string, options?: BrowserContextOptions): Promise<StudioPage>;
  closePages(): Promise<void>;
}

/**
 * Serves the page with a model of this machine, `mine.onnx`, and starts a browser that has a camera, which may show a video
 * (Y4M).
 */
export async function openStudio(camera?: string): Promise<OpenStudio> {
  const scratch = mkdtempSync(join(tmpdir(), 'slowfast-studio-'));
  const model = join(scratch, 'mine.onnx');
  execFileSync(process.execPath, [at('packages/slowfast/bin/slowfast.js'), 'export', '-o', model], {
    stdio: 'pipe',
  });
  const server = await builtStudio(scratch, [{ name: 'mine.onnx', path: model }]);
  const browser = await openBrowser(scratch, [
    '--disable-features=WebGPU',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    ...(camera ? [`--use-file-for-fake-video-capture=${camera}`] : []),
  ]);
  const contexts: BrowserContext[] = [];
  return {
    scratch,
    url: server.url,
    browser,
    open: async (hash, options = {}) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      const page = await context.newPage();
      const requests: string[] = [];
      const problems: string[] = [];
      context.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => {
        const isProblem = message.type() === 'error' || message.type() === 'warning';
        if (isProblem) problems.push(message.text());
      });
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(new URL(hash, server.url).href);
      return { page, requests, problems };
    },
    closePages: async () => {
      for (const context of contexts.splice(0)) await context.close();
    },
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await server[Symbol.asyncDispose]();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** The line of a tab that says how it goes. */
export const status = (page: Page, tab: string): Locator =>
  page.locator(`#panel-${tab} [data-status]`);

export async function drop(page: Page, tab: string, file: string): Promise<void> {
  await page.setInputFiles(`#panel-${tab} input[accept]`, file);
}

/** Goes over the sample in the Try tab, to its end. */
export async function trySample(page: Page): Promise<void> {
  await page.locator('#panel-try').getByLabel('Sample').selectOption('handshake');
  await page.locator('#panel-try table').waitFor({ timeout: 60_000 });
}

/** Drops files and folders of this machine onto the page. */
export async function dropOn(page: Page, ...files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 200, y: 300, data });
  }
}
