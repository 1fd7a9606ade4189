import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readClipList, videoFiles } from '../index.js';

let folder: string;
const at = (name: string): string => join(folder, name);
async function write(name: string, content: string | Uint8Array = ''): Promise<void> {
  await mkdir(dirname(at(name)), { recursive: true });
  await writeFile(at(name), content);
}
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-folder-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Packets as a transport stream has them, the first cut off. */
function packets(period: number, start: number): Uint8Array {
  const bytes = new Uint8Array(10 * period).fill(1);
  for (let at = start; at < bytes.length; at += period) bytes[at] = 0x47;
  return bytes;
}

const NONE = { hidden: 0, others: 0, repeated: 0, unreadable: 0 };

test('videos below a folder, in order; hidden ones and others are counted', async () => {
  for (const name of ['b/two.MKV', 'a.mp4', 'wave.gif', 'notes.txt', 'b/.DS_Store']) {
    await write(name);
  }
  await write('._a.mp4');
  await write('.cache/c.mp4');
  expect(await videoFiles([folder])).toEqual({
    files: ['a.mp4', 'b/two.MKV', 'wave.gif'].map(at),
    omissions: { ...NONE, hidden: 3, others: 1 },
  });
});

test('.ts and .mts are videos by what is in them', async () => {
  await write('main.ts', `const GREETING = 'Good day';\n`.repeat(100));
  await write('types.d.mts', 'export {};\n');
  await write('short.ts', 'G'.repeat(100));
  await write('dvb.ts', packets(188, 0));
  await write('cut.ts', packets(188, 77));
  await write('camera.MTS', packets(192, 4));
  expect(await videoFiles([folder])).toEqual({
    files: ['camera.MTS', 'cut.ts', 'dvb.ts'].map(at),
    omissions: { ...NONE, others: 3 },
  });
});

test('links are followed, each thing once, and circles end', async () => {
  await write('real/a.mp4');
  await write('real/deep/b.mp4');
  const outside = await mkdtemp(join(tmpdir(), 'slowfast-outside-'));
  await writeFile(join(outside, 'c.mp4'), '');
  try {
    await symlink(outside, at('0-linked'));
    await symlink(outside, at('1-again'));
    await symlink('real/a.mp4', at('0-first.mp4'));
    await symlink('..', at('real/deep/up'));
    await symlink('nowhere', at('broken.mp4'));
    expect(await videoFiles([folder])).toEqual({
      files: ['0-linked/c.mp4', 'real/a.mp4', 'real/deep/b.mp4'].map(at),
      omissions: { ...NONE, repeated: 3, unreadable: 1 },
    });
  } finally {
    await rm(outside, { recursive: true });
  }
});

test('files stay as they were named, also missing ones', async () => {
  await write('main.ts');
  const named = ['missing.mp4', at('main.ts')];
  expect((await videoFiles(named)).files).toEqual(named);
});

test('a folder without videos says what is in it', async () => {
  await expect(videoFiles([folder])).rejects.toThrow(
    `${folder}: expected a folder with videos (.3g2 .3gp .asf .avi .f4v .flv .gif .m2t .m2ts .m4v .mjpeg .mkv .mov ` +
      '.mp4 .mpeg .mpg .ogv .webm .wmv, and .ts and .mts that hold one), ' +
      'or with numbered pictures (000001.jpg), received an empty folder.',
  );
  await write('.hidden.mp4');
  await write('notes.txt');
  await expect(videoFiles([folder])).rejects.toThrow('received 1 no videos, 1 hidden.');
});

test('folders of classes are read by the same rule', async () => {
  await write('wave/a.gif');
  await write('wave/.b.mp4');
  await write('bow/c.ts', packets(188, 0));
  await write('.hidden/d.mp4');
  await symlink('wave', at('greet'));
  const { classes, clips, omissions } = await readClipList(folder);
  expect(classes).toEqual(['bow', 'greet', 'wave']);
  expect(clips.map(({ path, labels }) => [path, labels])).toEqual([
    [at('bow/c.ts'), [0]],
    [at('greet/a.gif'), [1]],
    [at('wave/a.gif'), [2]],
  ]);
  expect(omissions).toEqual({ ...NONE, hidden: 3 });
});
