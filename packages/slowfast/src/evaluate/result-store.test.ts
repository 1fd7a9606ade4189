import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resultStore } from './result-store.js';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-results-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const SCORES = {
  scores: Float32Array.of(0.25, 0.75),
  views: '2x1',
  warnings: ['short'],
  timing: { total: 3, inference: 2, waiting: 1 },
};

type Entries = Record<string, unknown>;

/** A stored result, changed, and whether it is still found. */
async function found(change: (text: string) => string): Promise<unknown> {
  const video = join(folder, 'v.mp4');
  await writeFile(video, 'bytes of a video');
  const results = join(folder, 'results');
  const store = await resultStore(results, { model: 'a', size: 64 });
  await store.keep(video, SCORES as never);
  const [name] = await readdir(results);
  const path = join(results, name!);
  await writeFile(path, change(await readFile(path, 'utf8')));
  const again = await resultStore(results, { size: 64, model: 'a' });
  return again.find(video);
}

const changed = (entries: Entries) => (text: string) =>
  JSON.stringify({ ...(JSON.parse(text) as Entries), ...entries });

describe('a stored result', () => {
  it('is found again', async () => {
    expect(await found((text) => text)).toEqual(SCORES);
  });

  it.each<readonly [what: string, change: (text: string) => string]>([
    ['that ends early', (text) => text.slice(0, -20)],
    ['that is empty', () => ''],
    ['of zero bytes', (text) => '\0'.repeat(text.length)],
    ['that is null', () => 'null'],
    ['with a score that is none', changed({ scores: [null, 0.5] })],
    ['with scores as text', changed({ scores: ['0.1', '0.9'] })],
    ['without scores', changed({ scores: [] })],
    ['without views', changed({ views: undefined })],
    ['without timing', changed({ timing: undefined })],
    ['with warnings that are none', changed({ warnings: 'none' })],
    ['of another video', changed({ video: '0'.repeat(64) })],
    ['of other settings', changed({ settings: { model: 'b', size: 64 } })],
    ['without settings', changed({ settings: null })],
    ['of another version', changed({ format: 'slowfast-evaluation/0' })],
  ])('%s is made anew', async (_, change) => {
    expect(await found(change)).toBeUndefined();
  });
});
