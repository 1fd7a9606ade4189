/** @file The studio as `slowfast studio` serves it, opened in Chromium. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { studioServer, type StudioModel, type StudioServer } from '@slowfast/studio';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Builds the page into a folder as `npm run build:studio` does, and serves it. */
export async function builtStudio(
  scratch: string,
  models: readonly StudioModel[],
): Promise<StudioServer> {
  const page = join(scratch, 'page');
  const vite = at('apps/studio/node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--outDir', page, '--emptyOutDir'], {
    cwd: at('apps/studio'),
    // Jest's own would make a page for development, without what keeps it for no network.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: 'pipe',
  });
  return studioServer({ page, port: 0, models });
}
