import { RunQueue } from './run-queue.js';

it('runs one after another, in order, past failures', async () => {
  const log: string[] = [];
  const queue = new RunQueue();
  const run = (name: string, isFailing = false) =>
    queue.add(async () => {
      log.push(`${name} starts`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (isFailing) throw new Error(name);
      return name;
    });
  const first = run('a', true);
  const second = run('b');
  await expect(first).rejects.toThrow('a');
  expect(await second).toBe('b');
  expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends']);
});
