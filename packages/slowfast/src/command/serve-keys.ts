/** @file API keys for `slowfast serve`: from a file or the environment, never from the command line, which others see. */
import { fileText } from '@slowfast/core';

/** Keys of the file, one a line, and of `SLOWFAST_API_KEYS`, between commas; lines that begin with # are none. */
export async function apiKeys(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<readonly string[]> {
  const text =
    path === undefined
      ? ''
      : await fileText(path, { site: '--api-keys', expected: 'a file with a key a line' });
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('#'));
  return [...lines, ...(env['SLOWFAST_API_KEYS'] ?? '').split(',')]
    .map((key) => key.trim())
    .filter((key) => key !== '');
}
