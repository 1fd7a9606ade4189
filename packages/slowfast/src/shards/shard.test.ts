import { parseShard, shardFromEnvironment, shardOf } from './shard.js';

test('shards share a list: every row is in one of them', () => {
  const rows = Array.from({ length: 23 }, (_, row) => row);
  const shards = Array.from({ length: 5 }, (_, i) => shardOf(rows, { index: i + 1, count: 5 }));
  expect(shards.flat().sort((a, b) => a - b)).toEqual(rows);
  expect(shards.map(({ length }) => length)).toEqual([5, 5, 5, 4, 4]);
});

test.each(['0/3', '4/3', '1/0', '1', '1/3/2', '-1/3', '1.5/3', '01/3', ' 1/3', '1/99999999'])(
  '%s is no shard',
  (text) => expect(parseShard(text)).toBeUndefined(),
);

const slurm = (id: number, least: number, count: number, step?: number) => ({
  SLURM_ARRAY_TASK_ID: `${id}`,
  SLURM_ARRAY_TASK_MIN: `${least}`,
  SLURM_ARRAY_TASK_COUNT: `${count}`,
  ...(step === undefined ? {} : { SLURM_ARRAY_TASK_STEP: `${step}` }),
});

test.each([
  ['an array from 0', slurm(2, 0, 16), [3, 16]],
  ['an array from 1', slurm(16, 1, 16, 1), [16, 16]],
  ['an array with steps', slurm(9, 5, 3, 2), [3, 3]],
  ['an indexed job', { JOB_COMPLETION_INDEX: '0', JOB_COMPLETION_COUNT: '4' }, [1, 4]],
])('%s', (_, env, [index, count]) => {
  expect(shardFromEnvironment(env)).toMatchObject({ index, count });
});

test.each([
  ['tasks 1, 3 and 7', slurm(7, 1, 3, 1), 'task 7 of 3 from 1 on'],
  ['a task between the steps', slurm(6, 5, 3, 2), 'task 6 of 3 from 5 on'],
  ['no number of tasks', { ...slurm(1, 0, 2), SLURM_ARRAY_TASK_COUNT: undefined }, 'nothing'],
  ['an index without a count', { JOB_COMPLETION_INDEX: '3' }, 'JOB_COMPLETION_COUNT'],
  [
    'an index outside of the count',
    { JOB_COMPLETION_INDEX: '4', JOB_COMPLETION_COUNT: '4' },
    'index 4 of 4',
  ],
])('%s is an error that names --shard', (_, env, received) => {
  expect(() => shardFromEnvironment(env)).toThrow(received);
  expect(() => shardFromEnvironment(env)).toThrow('--shard');
});

test('no array is no shard', () => expect(shardFromEnvironment({})).toBeUndefined());
