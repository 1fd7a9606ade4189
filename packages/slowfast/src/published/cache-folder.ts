/** @file Where this machine keeps what was fetched. */
import { homedir, platform as currentPlatform } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The cache of this library: `SLOWFAST_CACHE`, or the platform's place for caches. */
export function cacheFolder(
  env: Environment = globalThis.process?.env ?? {},
  platform: NodeJS.Platform = currentPlatform(),
): string {
  if (env['SLOWFAST_CACHE']) return env['SLOWFAST_CACHE'];
  const home = env['HOME'] ?? homedir();
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'slowfast');
  if (platform === 'win32') {
    return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'slowfast', 'Cache');
  }
  return join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'slowfast');
}

/** Whether the environment forbids the network: `SLOWFAST_OFFLINE` is there, and neither `0` nor `false`. */
export function isOffline(
  { SLOWFAST_OFFLINE: value }: Environment = globalThis.process?.env ?? {},
): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
