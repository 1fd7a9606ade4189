import { sessionsFor } from './sessions.js';

const flags = { backend: 'auto' } as const;

test.each([
  ['one view: all threads in it', flags, 1, 2, {}],
  ['30 views on two cores', flags, 30, 2, { sessions: 2, threads: 1 }],
  ['30 views on 16 cores', flags, 30, 16, { sessions: 4, threads: 4 }],
  ['7 views are not two for each of four', flags, 7, 16, {}],
  ['one core', flags, 30, 1, {}],
  ['threads are shared', { ...flags, threads: 6 }, 30, 16, { sessions: 4, threads: 1 }],
  ['one thread', { ...flags, threads: 1 }, 30, 16, { threads: 1 }],
  ['as many as asked for', { ...flags, sessions: 3 }, 1, 16, { sessions: 3, threads: 5 }],
  ['one at a time', { ...flags, sessions: 1 }, 30, 16, {}],
  ['a GPU', { ...flags, providers: ['cuda', 'cpu'] as const }, 30, 16, {}],
  ['WebAssembly', { backend: 'web' as const }, 30, 16, {}],
])('%s', (_, given, runs, cores, expected) => {
  expect(sessionsFor(given, runs, cores)).toEqual(expected);
});

test('no sessions at all are refused', () => {
  expect(() => sessionsFor({ ...flags, sessions: 0 }, 1, 2)).toThrow(
    'sessions: expected at least 1, received 0.',
  );
});
