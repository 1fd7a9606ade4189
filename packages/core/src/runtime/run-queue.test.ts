import { RunQueue } from './run-queue.js';

it('runs one after another, in order, past failures', async () => {
  const log: string[] = [];
  const queue = new RunQueue('model', async () => void log.push('released'));
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
  const closing = queue.close();
  await expect(first).rejects.toThrow('a');
  expect(await second).toBe('b');
  await closing;
  await queue.close();
  expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'released']);
});

it('refuses once it is closed', async () => {
  const queue = new RunQueue('model', async () => undefined);
  queue.checkOpen();
  await queue.close();
  expect(() => queue.checkOpen()).toThrow(
    'model: expected a model that is open, received one that was disposed. ' +
      'Compile it again, or dispose it later.',
  );
});
