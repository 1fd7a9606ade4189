import { appendFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MediaError } from '@slowfast/core';
import { makeRun, type Outcome, type Run } from './run.js';
import { workShard, type ShardWork } from './work-shard.js';

let folder: string;
let run: Run;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-shard-'));
  const rows = ['a', 'b', 'ö "c"', 'd', 'e', 'f'].map((file) => ({ file }));
  run = await makeRun(folder, 'fake', rows, {});
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const SHARD = { index: 2, count: 2, from: 2, to: 6 };

/** Works on the second half of the run: what was done, and what was told. */
async function work(more: Partial<ShardWork> = {}) {
  const done: string[] = [];
  const ended: (readonly [row: number, isBroken: boolean, isNew: boolean])[] = [];
  const outcome = await workShard(run, SHARD, {
    limit: 1,
    mayBegin: () => true,
    work: async ({ file }) => {
      done.push(file);
      return { length: file.length };
    },
    onEnd: (row, isBroken, seconds) => ended.push([row, isBroken, seconds > 0]),
    ...more,
  });
  return { outcome, done, ended };
}

async function outcomes(): Promise<readonly Outcome[]> {
  const text = await readFile(join(run.folder, '2-of-2.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome);
}

/** What a worker that is gone left behind. */
async function leave(...lines: readonly string[]): Promise<void> {
  await mkdir(join(run.folder, 'parts'), { recursive: true });
  await appendFile(join(run.folder, 'parts', `2.${lines.length}.jsonl`), lines.join('\n'));
}

it('a shard is of its rows, whole in the end; done again it is only told', async () => {
  const first = await work();
  expect(first).toMatchObject({ outcome: 'done', done: ['ö "c"', 'd', 'e', 'f'] });
  expect(first.ended).toEqual([2, 3, 4, 5].map((row) => [row, false, true]));
  expect((await outcomes()).map(({ row, file }) => [row, file])).toEqual([
    [2, 'ö "c"'],
    [3, 'd'],
    [4, 'e'],
    [5, 'f'],
  ]);
  expect(await readdir(join(run.folder, 'parts'))).toEqual([]);
  const again = await work();
  expect(again).toMatchObject({ outcome: 'done', done: [] });
  expect(again.ended).toEqual([2, 3, 4, 5].map((row) => [row, false, false]));
});

it('is left between two videos, and gone on with by whoever has it next', async () => {
  let allowed = 2;
  const first = await work({ mayBegin: () => allowed-- > 0 });
  expect(first).toMatchObject({ outcome: 'rest', done: ['ö "c"', 'd'] });
  const second = await work();
  expect(second).toMatchObject({ outcome: 'done', done: ['e', 'f'] });
  expect(await outcomes()).toHaveLength(4);
});

it('takes whole lines of a worker that died, and no others', async () => {
  await leave(
    '{"begin":2}',
    '{"row":2,"file":"c","result":{"length":9}}',
    '{"begin":3}',
    '{"row":3,"file":"d","resu',
  );
  const { done, ended } = await work();
  expect(done).toEqual(['d', 'e', 'f']);
  expect(ended[0]).toEqual([2, false, false]);
  expect((await outcomes())[0]!.result).toEqual({ length: 9 });
});

it('a video that ends every process is broken in the end', async () => {
  await leave('{"begin":4}');
  await leave('{"begin":4}', '');
  expect((await work({ mayBegin: () => false })).outcome).toBe('rest');
  await leave('{"begin":4}', '', '');
  const { done } = await work();
  expect(done).toEqual(['ö "c"', 'd', 'f']);
  expect((await outcomes())[2]!.error).toEqual({
    kind: 'MediaError',
    message:
      'e: expected a video that can be read to its end, received 3 processes that ended in the middle of it.',
  });
});

it('what is no fault of a video is no outcome, and does not count against it', async () => {
  const full = async (): Promise<never> => {
    throw new Error('no space left');
  };
  for (let attempt = 0; attempt < 4; attempt++) {
    await expect(work({ work: full })).rejects.toThrow('no space left');
  }
  const broken = async (): Promise<never> => {
    throw new MediaError({ site: 'x', expected: 'a video', received: 'none' });
  };
  expect((await work({ work: broken })).ended).toEqual(
    [2, 3, 4, 5].map((row) => [row, true, true]),
  );
  expect((await outcomes()).map(({ error }) => error?.message)).toEqual(
    Array.from({ length: 4 }, () => 'x: expected a video, received none.'),
  );
});
