/** @file Completion as shells do it; zsh and fish where they are installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { slowfast } from './testing/run-slowfast.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-completion-'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, out } = await slowfast('completion', shell);
    expect(code).toBe(0);
    await writeFile(join(folder, shell), out);
  }
  await writeFile(join(folder, 'clip one.mp4'), '');
  await mkdir(join(folder, 'clips'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What bash offers after these words, the last of which is unfinished. */
function completed(...words: readonly string[]): readonly string[] {
  const script = `source ./bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _slowfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['-c', script, 'bash', 'slowfast', ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  return out.split('\n').filter((line) => line !== '');
}

describe('completion in bash', () => {
  it.each([
    [['cl'], ['classify']],
    [['d'], ['detect', 'describe', 'data', 'doctor']],
    [['data', ''], ['check']],
    [['classify', '--th'], ['--threads']],
    [
      ['classify', '--decoder', ''],
      ['auto', 'node-av', 'ffmpeg'],
    ],
    [
      ['classify', '--model', 'slowfast-8x8-r50'],
      ['slowfast-8x8-r50', 'slowfast-8x8-r50-ava'],
    ],
    [
      ['classify', 'clip'],
      ['clip one.mp4', 'clips'],
    ],
    [['features', '-o', 'cl'], ['clips']],
    [['data', 'check', '--sep'], ['--separator']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ])('of %j', (words, expected) => {
    expect([...completed(...words)].sort()).toEqual([...expected].sort());
  });
});

it.each([
  ['bash', ['-n', 'bash']],
  ['zsh', ['-n', 'zsh']],
  ['fish', ['--no-execute', 'fish']],
])('the script is one that %s reads', (shell, args) => {
  const { error, status, stderr } = spawnSync(shell, args, { cwd: folder, encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT' && shell !== 'bash') return;
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
