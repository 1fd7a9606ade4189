import { execFile, execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileSource, fileText, writeFileAtomic, writeTextAtomic } from '../index.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-files-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const posix = process.platform === 'win32' ? test.skip : test;
/** Making a device needs root; one of the test's own, so that a failure does not replace the machine's. */
const asRoot = process.getuid?.() === 0 ? test : test.skip;

test('a file is replaced whole, with its permissions, and after an error not at all', async () => {
  await writeFile(at('a'), 'before');
  await chmod(at('a'), 0o600);
  await writeTextAtomic(at('a'), 'after');
  expect(await readFile(at('a'), 'utf8')).toBe('after');
  expect((await stat(at('a'))).mode & 0o777).toBe(0o600);
  const failing = writeFileAtomic(at('a'), async (sink) => {
    await sink.write(Uint8Array.of(1));
    throw new Error('no more');
  });
  await expect(failing).rejects.toThrow('no more');
  expect(await readFile(at('a'), 'utf8')).toBe('after');
  expect(await readdir(folder)).toEqual(['a']);
});

test('two writers of one file do not meet: one of them wins whole', async () => {
  const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
  await Promise.all(texts.map((text) => writeTextAtomic(at('a'), text)));
  expect(texts).toContain(await readFile(at('a'), 'utf8'));
  expect(await readdir(folder)).toEqual(['a']);
});

test('a name of 255 bytes can be written', async () => {
  const name = 'n'.repeat(255);
  await writeTextAtomic(at(name), 'x');
  expect(await readdir(folder)).toEqual([name]);
});

posix('what a link leads to is replaced, not the link', async () => {
  await mkdir(at('deep'));
  await symlink('deep/target', at('link'));
  for (const text of ['new', 'again']) {
    await writeTextAtomic(at('link'), text);
    expect(await readlink(at('link'))).toBe('deep/target');
    expect(await readFile(at('deep/target'), 'utf8')).toBe(text);
  }
  await symlink('circle', at('circle'));
  await expect(writeTextAtomic(at('circle'), 'x')).rejects.toThrow(/circle: expected .* ELOOP/);
  expect((await readdir(folder)).sort()).toEqual(['circle', 'deep', 'link']);
});

posix('a folder in the place of a file, and a folder that is not there, are named', async () => {
  await expect(writeTextAtomic(folder, 'x')).rejects.toMatchObject({
    name: 'FileError',
    message: `${folder}: expected a place where a file can be written, received a folder.`,
  });
  await expect(writeTextAtomic(at('none/a'), 'x')).rejects.toThrow(
    `${at('none/a')}: expected a place where a file can be written, received ENOENT`,
  );
  await writeFile(at('file'), '');
  await expect(writeTextAtomic(at('file/a'), 'x')).rejects.toThrow(/file\/a: .* ENOTDIR/);
  expect(await readdir(folder)).toEqual(['file']);
});

asRoot('a device is written to and stays one', async () => {
  execFileSync('mknod', [at('null'), 'c', '1', '3']);
  await writeTextAtomic(at('null'), 'gone');
  await symlink('null', at('link'));
  await writeTextAtomic(at('link'), 'gone');
  expect((await lstat(at('null'))).isCharacterDevice()).toBe(true);
  expect((await lstat(at('link'))).isSymbolicLink()).toBe(true);
  execFileSync('mknod', [at('full'), 'c', '1', '7']);
  await expect(writeTextAtomic(at('full'), 'x')).rejects.toMatchObject({
    name: 'FileError',
    message: expect.stringMatching(/full: expected a place .* received ENOSPC: no space left/),
  });
  expect((await readdir(folder)).sort()).toEqual(['full', 'link', 'null']);
});

posix('a FIFO gives its reader everything, more than it holds', async () => {
  execFileSync('mkfifo', [at('fifo')]);
  const text = '0123456789'.repeat(100_000);
  const written = writeTextAtomic(at('fifo'), text);
  const { stdout } = await promisify(execFile)('cat', [at('fifo')], { maxBuffer: 2 ** 21 });
  await written;
  expect(stdout).toBe(text);
  expect((await lstat(at('fifo'))).isFIFO()).toBe(true);
  expect(await readdir(folder)).toEqual(['fifo']);
});

posix('waiting for the reader of a FIFO ends with an abort', async () => {
  execFileSync('mkfifo', [at('fifo')]);
  const stop = new AbortController();
  const written = writeTextAtomic(at('fifo'), 'x', stop.signal);
  setTimeout(() => stop.abort(new Error('stopped')), 50);
  await expect(written).rejects.toThrow('stopped');
});

posix('a FIFO as an input is refused at once', async () => {
  execFileSync('mkfifo', [at('fifo')]);
  await expect(fileSource(at('fifo'))).rejects.toThrow(
    `${at('fifo')}: expected a file that can be read, received a FIFO.`,
  );
  await expect(fileText(at('fifo'))).rejects.toThrow('received a FIFO.');
  await expect(fileText('/dev/null')).rejects.toThrow('received a device.');
});

test('text is read without its byte order mark, in UTF-16 too, up to a limit', async () => {
  await writeFile(at('utf8'), '\uFEFFä');
  await writeFile(at('utf16'), Buffer.from('\uFEFFä日', 'utf16le'));
  await writeFile(at('utf16be'), Buffer.from('\uFEFFä日', 'utf16le').swap16());
  await writeFile(at('binary'), 'RIFF\0\0');
  await writeFile(at('empty'), '');
  expect(await fileText(at('utf8'))).toBe('ä');
  expect(await fileText(at('utf16'))).toBe('ä日');
  expect(await fileText(at('utf16be'))).toBe('ä日');
  expect(await fileText(at('empty'))).toBe('');
  await expect(fileText(at('binary'))).rejects.toThrow(
    `${at('binary')}: expected a text file that can be read, received binary data in line 1.`,
  );
  await expect(fileText(at('utf8'), { site: '--labels', limit: 3 })).rejects.toThrow(
    `--labels: expected a text file that can be read, received '${at('utf8')}' (5 bytes, more than 3).`,
  );
  await expect(fileText(at('none'))).rejects.toMatchObject({ name: 'SpecError' });
  await expect(fileText(at('none'))).rejects.toThrow('received a path where nothing is.');
});
