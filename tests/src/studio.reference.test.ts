/// <reference lib="dom" />
/**
 * @file The studio in a real browser: a camera, no network, the machine's own model, learning, Korean on a phone,
 * accessibility.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  drop,
  openStudio,
  SAMPLE,
  status,
  trySample,
  type OpenStudio,
} from './browser/studio-pages.js';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const TABS = ['compose', 'try', 'compare', 'train'] as const;

let studio: OpenStudio;
beforeAll(async () => {
  studio = await openStudio();
});
afterAll(() => studio?.[Symbol.asyncDispose]());
afterEach(() => studio.closePages());

describe('Try', () => {
  test('the camera is watched until it is stopped', async () => {
    const { page, problems } = await studio.open('#try');
    await page.getByRole('button', { name: 'Camera' }).click();
    await status(page, 'try').filter({ hasText: 'Watching' }).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Stop' }).click();
    await status(page, 'try').filter({ hasText: 'Stopped.' }).waitFor();
    expect(problems).toEqual([]);
  });

  test('without a network it goes on, from the first visit on', async () => {
    const { page } = await studio.open('#try');
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.context().setOffline(true);
    await page.reload();
    await trySample(page);
  });
});

test('Compare: the paper’s figures, and the same model thrice gives the same', async () => {
  const { page, problems } = await studio.open('#compare');
  const row = page.locator('[data-catalog] tr', { hasText: 'slowfast-16x8-r101' }).last();
  await row.waitFor({ timeout: 60_000 });
  expect(await row.locator('td').allTextContents()).toEqual([
    ...['slowfast-16x8-r101', '213.0', '78.9', 'paper, Table 2'],
  ]);
  await page.getByRole('button', { name: 'Add a model' }).click();
  await page.getByRole('combobox', { name: 'Model 2' }).selectOption('mine.onnx');
  await drop(page, 'compare', SAMPLE);
  const lists = page.locator('#panel-compare .scores');
  await lists.nth(2).waitFor({ timeout: 60_000 });
  const [first, ...others] = await lists.allTextContents();
  expect(first).toMatch(/^handshake/);
  expect(others).toEqual([first, first]);
  const sides = page.locator('.amounts tr', { hasText: 'handshake' });
  expect(await sides.allTextContents()).toEqual([
    expect.stringMatching(/^handshake(8\d\.\d %)\1\1$/),
  ]);
  await page.getByRole('button', { name: 'Remove Model 3' }).click();
  expect(await sides.allTextContents()).toEqual([
    expect.stringMatching(/^handshake(8\d\.\d %)\1$/),
  ]);
  expect(problems).toEqual([]);
});

test('Train: two classes before the camera, learned and tried', async () => {
  const { page, problems } = await studio.open('#train');
  for (const place of [0, 1]) {
    const own = page.locator(`[data-class="${place}"]`);
    const record = own.getByRole('button', { name: /^Record/ });
    await record.click();
    await own.getByText(/^([2-9]|\d\d) clips$/).waitFor({ timeout: 60_000 });
    await record.click();
  }
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await status(page, 'train')
    .filter({ hasText: /^Trained in \d+ ms: \d+ % of its own/ })
    .waitFor();
  await page.getByRole('button', { name: 'Try on the camera' }).click();
  await page.locator('#panel-train .scores li').nth(1).waitFor({ timeout: 60_000 });
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the head' }).click();
  const file = join(studio.scratch, 'head.json');
  await (await downloading).saveAs(file);
  const head = JSON.parse(readFileSync(file, 'utf8')) as Record<string, readonly unknown[]>;
  expect(head['labels']).toEqual(['yes', 'no']);
  expect(head['weights']).toHaveLength(2 * head['mean']!.length);
  expect(problems).toEqual([]);
});

test.each([
  ['light', 'en-US', { width: 1280, height: 900 }],
  ['dark', 'ko-KR', { width: 390, height: 844 }],
] as const)(
  '%s, %s: accessible, by keyboard, nothing wider than the screen',
  async (colorScheme, locale, viewport) => {
    const { page } = await studio.open('', { colorScheme, locale, viewport });
    await page.addScriptTag({ path: axe }).catch(() => undefined);
    await page.evaluate(readFileSync(axe, 'utf8'));
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(locale.slice(0, 2));
    await page.locator('[role=tab][aria-selected=true]').focus();
    for (const tab of TABS) {
      expect(await page.evaluate(() => document.activeElement?.id)).toBe(`tab-${tab}`);
      await page.locator(`#panel-${tab}`).waitFor();
      if (tab === 'compose') await page.locator('.sums').waitFor();
      if (tab === 'try') {
        await page.locator('#panel-try .row select').selectOption('handshake');
        await page.locator('#panel-try table').waitFor({ timeout: 60_000 });
        await page.locator('#panel-try .mark input').check();
        await page.locator('.maps canvas').nth(1).waitFor({ timeout: 60_000 });
      }
      if (tab === 'compare') await page.locator('[data-catalog]').waitFor({ timeout: 60_000 });
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: {
            run(): Promise<{
              violations: readonly {
                id: string;
                nodes: readonly { html: string; failureSummary: string }[];
              }[];
            }>;
          };
        };
        const { violations } = await axe.run();
        return violations.flatMap(({ id, nodes }) =>
          nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
        );
      });
      expect(violations).toEqual([]);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
      await page.locator(`#tab-${tab}`).focus();
      await page.keyboard.press('ArrowRight');
    }
  },
);
