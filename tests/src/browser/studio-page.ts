/// <reference lib="dom" />
/** @file The studio's page as tests use it: opened with what it wrote and asked for, and what a person does in it. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

/** A page, with what it asked for and what it complained of. */
export interface StudioPage {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly problems: readonly string[];
}

/** Opens an address in a browser context of its own, which `page.context().close()` ends. */
export async function openStudio(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<StudioPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const problems: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(address);
  return { page, requests, problems };
}

/** Where a tab says how it goes. */
export const statusOf = (page: Page, tab: string): Locator =>
  page.locator(`#panel-${tab} [data-status]`);

/** Goes over a sample in the Try tab, to its end. */
export async function trySample(page: Page): Promise<void> {
  await page.locator('#panel-try').getByLabel('Sample').selectOption('handshake');
  await page.locator('#panel-try table').waitFor({ timeout: 60_000 });
}

/** Files and folders of this machine as a person drops them. */
export async function dropOn(page: Page, ...files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 200, y: 300, data });
  }
}
