/**
 * @file A Chromium for the tests, and a server of pages on the loopback interface.
 *
 * The browser is the Chromium of @sparticuz/chromium (Linux on x64), which brings the libraries it needs;
 * elsewhere SLOWFAST_CHROMIUM names one to use.
 */
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

const here = fileURLToPath(new URL('.', import.meta.url));

/** GPU interfaces on a processor, and no traffic of the browser's own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--ignore-gpu-blocklist',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
];

/** A page of these lines. */
export const html = (...lines: readonly string[]): Uint8Array =>
  new TextEncoder().encode(['<!doctype html>', '<meta charset="utf-8">', ...lines].join('\n'));

/** What a page needs to share memory between threads. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** What lets pages of other origins have a file. */
const SHARING = {
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  json: 'application/json',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
};

/**
 * Serves files by their paths, with the headers that shared memory needs unless it is to be without, and those that a CDN
 * sends where it stands for one.
 */
export async function serve(
  files: Pick<ReadonlyMap<string, Uint8Array>, 'get'>,
  {
    isIsolated = true,
    isShared = false,
  }: { readonly isIsolated?: boolean; readonly isShared?: boolean } = {},
): Promise<Server> {
  const listening = createServer(({ url = '' }, response) => {
    const file = files.get(url);
    response.writeHead(file ? 200 : 404, {
      'Content-Type': url.endsWith('/')
        ? 'text/html'
        : (TYPES[url.split('.').at(-1)!] ?? 'application/octet-stream'),
      ...(isIsolated ? ISOLATION : {}),
      ...(isShared ? SHARING : {}),
    });
    response.end(file);
  });
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
  return listening;
}

/**
 * Unpacks the browser in a process of its own: where to, and that its libraries are wanted, the package takes
 * from the environment. What it asks Chromium to do is for servers without isolation, so FLAGS are ours.
 */
async function unpackBrowser(scratch: string): Promise<string> {
  const code = `
    const { default: chromium } = await import('@sparticuz/chromium');
    console.log(await chromium.executablePath());`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', code],
    { cwd: here, env: { ...process.env, TMPDIR: scratch, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' } },
  );
  return stdout.trim();
}

/** Starts the browser, unpacked into a scratch folder. */
export async function openBrowser(
  scratch: string,
  flags: readonly string[] = [],
): Promise<Browser> {
  const own = process.env['SLOWFAST_CHROMIUM'];
  const args = [...FLAGS, ...flags];
  try {
    if (own) return await chromium.launch({ executablePath: own, args });
    const executablePath = await unpackBrowser(scratch);
    const libraries = [join(scratch, 'al2023/lib'), process.env['LD_LIBRARY_PATH']];
    const env = {
      ...process.env,
      LD_LIBRARY_PATH: libraries.filter(Boolean).join(':'),
      FONTCONFIG_PATH: join(scratch, 'fonts'),
    };
    return await chromium.launch({ executablePath, args, env });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `This test needs a browser, and ${own ?? 'the Chromium of @sparticuz/chromium'} did not start. ` +
        `Set SLOWFAST_CHROMIUM to a Chromium or Chrome of this machine. ${reason}`,
      { cause },
    );
  }
}
