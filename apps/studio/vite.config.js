import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig } from 'vite';

/** What a page needs to share memory between threads; a host without these headers gives one thread. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** The build of ONNX Runtime for WebGPU is kept when it was used, not before: most have no use for its 27 MB. */
const LATER = /asyncify|\.map$|sw\.js$/;

/** Files that are copied as they are: the samples and the icon. */
const PUBLIC = fileURLToPath(new URL('public', import.meta.url));

/** Fills in which files the service worker keeps, under a name that changes with them. */
const offline = () => ({
  name: 'offline',
  generateBundle(_, bundle) {
    const names = Object.keys(bundle).filter((name) => !LATER.test(name));
    const own = readdirSync(PUBLIC, { recursive: true })
      .filter((name) => statSync(`${PUBLIC}/${name}`).isFile())
      .map((name) => name.replaceAll('\\', '/'));
    const files = ['./', ...[...own, ...names].map((name) => `./${name}`)];
    const version = createHash('sha256');
    for (const name of own) version.update(name).update(readFileSync(`${PUBLIC}/${name}`));
    for (const name of names) {
      const file = bundle[name];
      version.update(name).update(file.type === 'chunk' ? file.code : file.source);
    }
    const list = JSON.stringify(files.filter((name) => !name.endsWith('index.html')));
    const source = SERVICE_WORKER.replace('%FILES%', list).replace(
      '%VERSION%',
      version.digest('hex').slice(0, 16),
    );
    this.emitFile({ type: 'asset', fileName: 'sw.js', source });
  },
});

const SERVICE_WORKER = `/* Keeps the studio for when there is no network. */
const PAGE = %FILES%;
const CACHE = 'slowfast-studio-%VERSION%';
self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll(PAGE)).then(() => self.skipWaiting()),
  );
});
self.addEventListener('activate', (event) => {
  const isOld = (name) => name.startsWith('slowfast-studio-') && name !== CACHE;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  const isOurs = event.request.method === 'GET' && url.origin === location.origin;
  if (!isOurs || url.pathname.includes('/machine/')) return;
  // The page has several addresses: that of its folder and that of its file.
  const kept = event.request.mode === 'navigate' ? './' : event.request;
  event.respondWith(
    caches.match(kept, { ignoreSearch: true }).then(
      (own) =>
        own ??
        fetch(event.request).then(async (response) => {
          if (response.ok) await (await caches.open(CACHE)).put(event.request, response.clone());
          return response;
        }),
    ),
  );
});
`;

export default defineConfig({
  // Any folder of any host will do.
  base: './',
  plugins: [offline()],
  resolve: { conditions: ['@slowfast/source', ...defaultClientConditions] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // What only Node or TensorFlow.js would load, behind conditions that the page never takes.
  worker: { format: 'es', rolldownOptions: { external: ['@slowfast/runtime-tfjs', 'undici'] } },
  build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
  server: { headers },
  preview: { headers },
});
