import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { videoFiles } from './video-files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-files-'));
  await mkdir(join(folder, 'b'));
  for (const name of ['b/two.MKV', 'a.mp4', 'notes.txt', 'main.ts', 'b/types.d.mts']) {
    await writeFile(join(folder, name), '');
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('videoFiles', () => {
  it('finds videos below a folder, in order, and no TypeScript', async () => {
    expect(await videoFiles([folder])).toEqual([join(folder, 'a.mp4'), join(folder, 'b/two.MKV')]);
  });

  it('keeps files as they were named, whatever their extension, also missing ones', async () => {
    const named = ['missing.mp4', join(folder, 'main.ts')];
    expect(await videoFiles(named)).toEqual(named);
  });

  it('says when a folder has no videos', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'));
    await expect(videoFiles([empty])).rejects.toThrow(
      `${empty}: expected a folder with videos (.mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .m2ts .wmv .flv .3gp .ogv), ` +
        'received 0 entries, none of them a video.',
    );
  });
});
