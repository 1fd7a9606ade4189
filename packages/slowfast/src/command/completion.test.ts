/** @file Completion as shells do it; zsh and fish where they are installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

/** Shells that are here; bash has to be. */
const isHere = (shell: string): boolean =>
  shell === 'bash' || spawnSync(shell, ['-c', 'exit']).error === undefined;

/** What a shell offers after a line whose last word is unfinished. */
function offered(shell: string, line: string): readonly string[] {
  const script = fileURLToPath(new URL(`./testing/complete.${shell}`, import.meta.url));
  const options = { cwd: folder, encoding: 'utf8', timeout: 20_000 } as const;
  const out = execFileSync(shell, [script, `./${shell}`, line], options);
  const lines = out.split('\n').filter((word) => word !== '');
  // zsh and fish end folders in a slash, and fish gives the whole word with the option before it.
  return [...new Set(lines.map((word) => word.replace(/\/$|^--[a-z]+=/, '')))].sort();
}

describe.each((['bash', 'zsh', 'fish'] as const).filter(isHere))('completion in %s', (shell) => {
  it.each([
    ['cl', ['classify']],
    ['d', ['data', 'describe', 'detect', 'doctor']],
    ['data ', ['check']],
    ['help cla', ['classify']],
    ['queue ad', ['add']],
    ['queue add cl', ['classify']],
    ['classify --th', ['--threads']],
    ['classify --decoder ', ['auto', 'ffmpeg', 'node-av']],
    ['classify --model slowfast-8x8-r50', ['slowfast-8x8-r50', 'slowfast-8x8-r50-ava']],
    ['classify --model=slowfast-8x8-r50', ['slowfast-8x8-r50', 'slowfast-8x8-r50-ava']],
    ['describe slow-4', ['slow-4x16-r50', 'slow-4x16-r50-ava']],
    ['classify clip', ['clip one.mp4', 'clips']],
    ['features -o cl', ['clips']],
    ['data check --sep', ['--separator']],
    ['completion ', ['bash', 'fish', 'zsh']],
  ])('of %j', (line, expected) => {
    expect(offered(shell, `slowfast ${line}`)).toEqual(expected);
  });
});

const CHECKS = [
  ['bash', ['-n', 'bash']],
  ['zsh', ['-n', 'zsh']],
  ['fish', ['--no-execute', 'fish']],
] as const;
it.each(CHECKS.filter(([shell]) => isHere(shell)))(
  'the script is one that %s reads',
  (shell, args) => {
    const { status, stderr } = spawnSync(shell, args, { cwd: folder, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  },
);
