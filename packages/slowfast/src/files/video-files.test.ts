import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { videoFiles } from './video-files.js';

test('tells what was left out of a folder, and nothing where there is nothing to tell', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-files-'));
  try {
    const notes: string[] = [];
    await writeFile(join(folder, 'a.mp4'), '');
    expect(await videoFiles([folder], (text) => notes.push(text))).toEqual([join(folder, 'a.mp4')]);
    expect(notes).toEqual([]);
    for (const name of ['.b.mp4', 'c.txt', 'd.txt']) await writeFile(join(folder, name), '');
    await videoFiles([folder], (text) => notes.push(text));
    expect(notes).toEqual([`left out of ${folder}: 2 no videos, 1 hidden`]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
