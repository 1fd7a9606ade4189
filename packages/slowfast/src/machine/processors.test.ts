import { processors, usefulThreads } from './processors.js';

const read = (files: Record<string, string>) => (path: string) => files[path];

describe('processors', () => {
  it.each([
    ['no limit', {}, { count: 8, cores: 8, quota: undefined }],
    ['no quota', { '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, { count: 8, quota: undefined }],
    ['a container', { '/sys/fs/cgroup/cpu.max': '150000 100000\n' }, { count: 2, quota: 1.5 }],
    [
      'the least of a group and those above',
      {
        '/proc/self/cgroup': '0::/user/box\n',
        '/sys/fs/cgroup/user/cpu.max': '300000 100000\n',
        '/sys/fs/cgroup/user/box/cpu.max': '600000 100000\n',
      },
      { count: 3, quota: 3 },
    ],
    [
      'version 1',
      {
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      { count: 1, quota: 0.5 },
    ],
    [
      'version 1 without a quota',
      {
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      { count: 8, quota: undefined },
    ],
    [
      'a group of version 1 below the root',
      {
        '/proc/self/cgroup': '5:memory:/a\n4:cpu,cpuacct:/box\n0::/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
        '/sys/fs/cgroup/cpu/box/cpu.cfs_quota_us': '150000\n',
        '/sys/fs/cgroup/cpu/box/cpu.cfs_period_us': '100000\n',
      },
      { count: 2, quota: 1.5 },
    ],
    ['more than there are', { '/sys/fs/cgroup/cpu.max': '6400000 100000\n' }, { count: 8 }],
  ])('are counted with %s', (_, files, expected) => {
    expect(processors(read(files), 8)).toMatchObject(expected);
  });
});

describe('usefulThreads', () => {
  const threads = (asked: number | undefined, quota?: number) => {
    const warnings: string[] = [];
    const count = Math.min(8, quota ?? 8);
    const used = usefulThreads(asked, (text) => warnings.push(text), { cores: 8, quota, count });
    return [used, ...warnings];
  };

  it('are no more than can run at once', () => {
    expect(threads(undefined)).toEqual([undefined]);
    expect(threads(undefined, 2)).toEqual([2]);
    expect(threads(8)).toEqual([8]);
    expect(threads(64)).toEqual([8, '64 threads: 8 processors, so that 8 are taken']);
    expect(threads(4, 2)).toEqual([
      2,
      '4 threads: 2 processors of 8 that the container may use, so that 2 are taken',
    ]);
  });
});
