/// <reference lib="dom" />
/**
 * @file What takes long to see of the studio: memory after fifty videos, a page that is never blocked, a camera that shows a
 * video, any static host without shared memory, a camera that is denied, the keyboard alone, and that
 * what Compose hands out (TypeScript, ONNX) is the network that it draws.
 */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as backbones from '@slowfast/backbones';
import * as core from '@slowfast/core';
import * as fusion from '@slowfast/fusion';
import * as heads from '@slowfast/heads';
import { loadOnnx, onnxRuntime } from '@slowfast/runtime-onnx';
import type { Page } from 'playwright-core';
import ts from 'typescript';
import { openBrowser, serve } from './browser/chromium.js';
import {
  dropOn,
  openStudio,
  SAMPLE,
  status,
  trySample,
  type OpenStudio,
} from './browser/studio-pages.js';

const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
  readonly path: string;
};
const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'slowfast-studio-reference-'));
const sample = (name: string): string => at(`apps/studio/public/samples/${name}.webm`);
const TABS = ['compose', 'try', 'compare', 'train'] as const;

/** Whose camera shows a handshake, again and again. */
let studio: OpenStudio;
let host: Server;
/** The built page in a folder of a plain host, which sends no header. */
let plain: string;

beforeAll(async () => {
  const video = join(scratch, 'camera.y4m');
  execFileSync(ffmpeg, ['-v', 'error', '-i', SAMPLE, '-pix_fmt', 'yuv420p', video]);
  studio = await openStudio(video);
  const page = join(studio.scratch, 'page');
  const names = readdirSync(page, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(page, name)).isFile());
  host = await serve(
    new Map([
      ...files.map((name) => [`/any/folder/${name}`, readFileSync(join(page, name))] as const),
      ['/any/folder/', readFileSync(join(page, 'index.html'))],
    ]),
    { isIsolated: false },
  );
  plain = `http://127.0.0.1:${(host.address() as AddressInfo).port}/any/folder/`;
}, 120_000);
afterAll(async () => {
  host?.close();
  await studio?.[Symbol.asyncDispose]();
  rmSync(scratch, { recursive: true, force: true });
});
afterEach(() => studio.closePages());

/** A folder of samples, a folder a class. */
function folderOfClasses(classes: Readonly<Record<string, string>>): string {
  const folder = join(scratch, 'set');
  rmSync(folder, { recursive: true, force: true });
  for (const [name, clip] of Object.entries(classes)) {
    mkdirSync(join(folder, name), { recursive: true });
    copyFileSync(sample(clip), join(folder, name, '1.webm'));
  }
  writeFileSync(join(folder, 'notes.txt'), 'no video');
  return folder;
}

/** Runs in the page from its start: how long each task was that took over 50 ms. */
const WATCH_TASKS = `window.longTasks = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longTasks.push(Math.round(duration));
}).observe({ type: 'longtask', buffered: true });`;

/** Long tasks since the last time. */
const longTasks = (page: Page): Promise<readonly number[]> =>
  page.evaluate(() => (window as unknown as { longTasks: number[] }).longTasks.splice(0));

test('memory after fifty videos is what it was after ten', async () => {
  const { page } = await studio.open('#try');
  const session = await studio.browser.newBrowserCDPSession();
  const collecting = await page.context().newCDPSession(page);
  const bytes = async (): Promise<number> => {
    await collecting.send('HeapProfiler.collectGarbage');
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo
      .filter(({ type }) => type === 'renderer')
      .map(({ id }) => Number(readFileSync(`/proc/${id}/statm`, 'utf8').split(' ')[1]))
      .reduce((sum, pages) => sum + 4096 * pages, 0);
  };
  const amounts: number[] = [];
  for (let i = 1; i <= 50; i++) {
    await page.setInputFiles('#panel-try input[accept]', sample('kick'));
    // Marked, since a table that is gone for a moment only is not seen to go.
    await page.locator('#panel-try table:not([data-seen])').waitFor({ timeout: 60_000 });
    await page.locator('#panel-try table').evaluate((table) => (table.dataset['seen'] = ''));
    if (i % 10 === 0) amounts.push(await bytes());
  }
  console.log(`MiB after 10, 20 … 50 videos: ${amounts.map((own) => own >> 20).join(', ')}`);
  expect(amounts.at(-1)! - amounts[0]!).toBeLessThan(64 * 2 ** 20);
}, 600_000);

test('the camera is watched, mapped and taught, and the page is never blocked', async () => {
  const { page, problems } = await studio.open('about:blank');
  await page.addInitScript(WATCH_TASKS);
  await page.goto(`${studio.url}#try`);
  const seen: Record<string, readonly number[]> = {};
  await page.locator('#panel-try .model').getByText('loaded in').waitFor({ timeout: 60_000 });
  seen['load'] = await longTasks(page);
  await trySample(page);
  seen['a file'] = await longTasks(page);
  await page.getByLabel('Show where a class is seen').check();
  await page.locator('.maps canvas').nth(1).waitFor({ timeout: 60_000 });
  seen['maps of a file'] = await longTasks(page);
  await page.getByRole('button', { name: 'Camera' }).click();
  await status(page, 'try').filter({ hasText: 'Watching' }).waitFor({ timeout: 60_000 });
  await page.getByLabel('Show where a class is seen').check();
  await page.locator('.maps canvas').nth(1).waitFor({ timeout: 60_000 });
  // The camera shows a handshake.
  await page
    .locator('#panel-try .scores li')
    .first()
    .filter({ hasText: 'handshake' })
    .waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Stop' }).click();
  seen['the camera with maps'] = await longTasks(page);

  await page.locator('#tab-train').click();
  await page.locator('[data-class]').first().waitFor();
  await dropOn(page, folderOfClasses({ shaking: 'handshake', kicking: 'kick' }));
  await page
    .locator('[data-class="1"]')
    .getByText(/^[1-9]\d* clips$/)
    .waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await status(page, 'train').filter({ hasText: 'Trained in' }).waitFor();
  await page.getByRole('button', { name: 'Try on the camera' }).click();
  const best = page.locator('#panel-train .scores li').first();
  await best.filter({ hasText: 'shaking' }).waitFor({ timeout: 60_000 });
  seen['teaching and trying'] = await longTasks(page);
  console.log(`tasks over 50 ms: ${JSON.stringify(seen)}`);
  // On a quiet machine there is none; on one that others use, too, a task waits. A run of the model would take twice as long.
  expect(
    Object.values(seen)
      .flat()
      .filter((duration) => duration > 100),
  ).toEqual([]);
  expect(problems).toEqual([]);
}, 240_000);

test('a folder that is dropped gives videos to choose from, and classes to learn', async () => {
  const { page, problems } = await studio.open('#try');
  const folder = folderOfClasses({ nod: 'point', shake: 'kick' });
  await page.locator('#panel-try .row').first().waitFor();
  await dropOn(page, folder);
  const choice = page.locator('#panel-try [data-videos]');
  await choice.waitFor();
  expect(await choice.locator('option').allTextContents()).toEqual([
    'set/nod/1.webm',
    'set/shake/1.webm',
  ]);
  await choice.selectOption('1');
  await page.locator('#panel-try table').waitFor({ timeout: 60_000 });
  await page.locator('#tab-train').click();
  await page.locator('[data-class]').first().waitFor();
  await dropOn(page, folder);
  for (const [place, name] of ['nod', 'shake'].entries()) {
    const own = page.locator(`[data-class="${place}"]`);
    await own.getByText(/^[1-9]\d* clips$/).waitFor({ timeout: 60_000 });
    expect(await own.locator('input[type=text]').inputValue()).toBe(name);
  }
  expect(problems).toEqual([]);
}, 120_000);

test('in a folder of a plain host, without shared memory: the same scores, and without a network', async () => {
  const { page, requests, problems } = await studio.open(`${plain}index.html#try`);
  expect(await page.evaluate(() => typeof SharedArrayBuffer)).toBe('undefined');
  await trySample(page);
  const other = await studio.open('#try');
  await trySample(other.page);
  const scores = (own: Page): Promise<string[]> =>
    own.locator('#panel-try .scores li').allTextContents();
  expect(await scores(page)).toEqual(await scores(other.page));
  expect(requests.every((url) => url.startsWith(plain) || url.startsWith('blob:'))).toBe(true);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.context().setOffline(true);
  await page.reload();
  await page.locator('#panel-try').getByLabel('Sample').selectOption('kick');
  await page.locator('#panel-try table').waitFor({ timeout: 60_000 });
  expect(problems).toEqual([]);
}, 120_000);

test('opened as a file it says what to do', async () => {
  const { page } = await studio.open(pathToFileURL(join(studio.scratch, 'page/index.html')).href);
  expect(await page.locator('body').innerText()).toMatch(/npx slowfast studio/);
});

test('a camera that is denied, and none, are said', async () => {
  const own = await openBrowser(scratch, [
    '--disable-features=WebGPU',
    '--deny-permission-prompts',
  ]);
  try {
    const page = await own.newPage();
    await page.goto(`${studio.url}#try`);
    await page.getByRole('button', { name: 'Camera' }).click();
    await status(page, 'try')
      .filter({ hasText: /camera/i })
      .waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Camera' }).waitFor();
    await trySample(page);
  } finally {
    await own.close();
  }
}, 120_000);

test('by the keyboard alone everything is reached, seen and used; nothing moves by itself', async () => {
  const { page } = await studio.open('', { reducedMotion: 'reduce' });
  await page.locator('.sums').waitFor();
  for (const tab of TABS) {
    await page.locator(`#tab-${tab}`).focus();
    if (tab === 'try') {
      await page.locator('#panel-try .model').getByText('loaded in').waitFor({ timeout: 60_000 });
      for (let i = 0; i < 20; i++) {
        await page.keyboard.press('Tab');
        if (await page.evaluate(() => document.activeElement?.matches('select.own-width'))) break;
      }
      await page.keyboard.press('ArrowDown');
      await page.locator('#panel-try table').waitFor({ timeout: 60_000 });
      await page.locator('#tab-try').focus();
    }
    if (tab === 'compare') await page.locator('[data-catalog]').waitFor({ timeout: 60_000 });
    const reached = await walk(page, tab);
    expect(await page.evaluate(unfocused, { tab, reached })).toEqual([]);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await page.locator(`#tab-${tab}`).focus();
    await page.keyboard.press('ArrowRight');
  }
}, 180_000);

/** Presses Tab through a panel; how many stops it has, each of which is visibly focused. */
async function walk(page: Page, tab: string): Promise<number> {
  await page.evaluate(() =>
    document.querySelectorAll('[data-stop]').forEach((own) => own.removeAttribute('data-stop')),
  );
  for (let stops = 0; ;) {
    await page.keyboard.press('Tab');
    const isIn = await page.evaluate(markStop, tab);
    if (!isIn) return stops;
    stops += 1;
    if (stops > 200) throw new Error('Tab never leaves the panel');
  }
}

/** Runs in the page: marks what has focus; throws where it is not seen. */
function markStop(tab: string): boolean {
  const own = document.activeElement!;
  // Its buttons are the browser's.
  const isPlayer = own.matches('video');
  if (!own.closest(`#panel-${tab}`)) return false;
  const seen = own.matches('.hidden-input') ? own.nextElementSibling! : own;
  const { outlineStyle, strokeWidth } = getComputedStyle(
    seen.matches('.point') ? seen.querySelector('circle, rect')! : seen,
  );
  if (!isPlayer && outlineStyle === 'none' && strokeWidth !== '3px')
    throw new Error(`unseen: ${own.outerHTML}`);
  own.setAttribute('data-stop', '');
  return true;
}

/** Runs in the page: controls of a panel that Tab did not stop at. */
function unfocused({ tab, reached }: { tab: string; reached: number }): string[] {
  const controls = `button:not(:disabled), input:not(:disabled, [hidden]), select, [tabindex="0"]`;
  const all = [...document.querySelectorAll<HTMLElement>(`#panel-${tab} :is(${controls})`)].filter(
    (own) => own.checkVisibility(),
  );
  const left = all
    .filter((own) => !own.matches('[data-stop]'))
    .map((own) => own.outerHTML.slice(0, 100));
  return reached > 3 ? left : [`${reached} stops`];
}

test('what Compose hands out is the network that it draws: TypeScript that compiles, ONNX that runs', async () => {
  const { page } = await studio.open('');
  await page.getByLabel('Begin with').selectOption('Small: 18 layers, 112²');
  await page.locator('.drawing text', { hasText: 'small' }).first().waitFor();
  const program = (await page.locator('pre').textContent())!;
  expect(complaints(program)).toEqual([]);
  const model = modelOf(program);
  const { multiplyAdds, parameters } = core.describeModel(model);
  expect(await page.locator('.sums dd').allTextContents()).toEqual([
    `${(multiplyAdds / 1e9).toFixed(2)} G`,
    `${(parameters / 1e6).toFixed(2)} M`,
    expect.stringMatching(/MiB$/),
  ]);
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export ONNX' }).click();
  const file = join(scratch, 'exported.onnx');
  await (await downloading).saveAs(file);
  await using exported = await loadOnnx(file);
  await using composed = await onnxRuntime().compile(
    model,
    core.initialWeights(model.graph, { seed: 0 }),
  );
  const feeds = Object.fromEntries(
    Object.entries(composed.inputs).map(([name, shape]) => {
      const sizes = shape.map((size) => (typeof size === 'number' ? size : 1));
      const length = sizes.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length }, (_, i) => Math.sin(i));
      return [name, core.float32Tensor(sizes, data)];
    }),
  );
  const scoresOf = async (own: core.CompiledModel): Promise<number[]> => [
    ...((await own.run(feeds))['scores']!.data as Float32Array),
  ];
  const [scores, others] = [await scoresOf(exported), await scoresOf(composed)];
  expect(new Set(scores).size).toBeGreaterThan(1);
  scores.forEach((score, i) => expect(score).toBeCloseTo(others[i]!, 5));
}, 120_000);

/** What the compiler says of a program beside these tests. */
function complaints(program: string): readonly string[] {
  const name = at('tests/src/copied-program.ts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const compiler = ts.createCompilerHost(options);
  const source = compiler.getSourceFile.bind(compiler);
  compiler.getSourceFile = (path, ...rest) =>
    path === name
      ? ts.createSourceFile(path, program, ts.ScriptTarget.ES2022)
      : source(path, ...rest);
  const exists = compiler.fileExists.bind(compiler);
  compiler.fileExists = (path) => path === name || exists(path);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([name], options, compiler))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** Runs a program that imports these packages alone. */
function modelOf(program: string): core.Model {
  const packages = { ...backbones, ...core, ...fusion, ...heads };
  const body = program.replace(/^import .*$/gm, '').replace('export const model =', 'return');
  const make = new Function(...Object.keys(packages), body) as (...args: unknown[]) => core.Model;
  return make(...Object.values(packages));
}
