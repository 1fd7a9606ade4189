import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Has `slowfast studio` of an installed project serve its page and script on the loopback interface, and ends it. */
export async function checkStudio(folder) {
  const bin = join(folder, 'node_modules/slowfast/bin/slowfast.js');
  const server = spawn(process.execPath, [bin, 'studio', '--port', '0', '--json'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const end = once(server, 'exit', { signal: globalThis.AbortSignal.timeout(60_000) });
  try {
    const line = once(createInterface(server.stdout), 'line').then(([text]) => text);
    const first = await Promise.race([line, end.then(([code]) => `it ended with ${code}`)]);
    const url = /"url":"(http:\/\/127\.0\.0\.1:\d+\/)"/.exec(first)?.[1];
    if (!url) throw new Error(`slowfast studio printed ${first}`);
    const page = await fetched(url);
    const [, script] = /<script [^>]*src="([^"]+)"/.exec(await page.text()) ?? [];
    if (!script) throw new Error(`${url} has no script`);
    const { headers } = await fetched(new URL(script, url));
    const type = headers.get('content-type');
    if (type !== 'text/javascript') throw new Error(`${script} is served as ${type}`);
  } finally {
    server.kill('SIGINT');
    await end;
  }
}

async function fetched(url) {
  const response = await globalThis.fetch(url, { signal: globalThis.AbortSignal.timeout(10_000) });
  if (response.status !== 200) throw new Error(`${url}: status ${response.status}`);
  return response;
}
