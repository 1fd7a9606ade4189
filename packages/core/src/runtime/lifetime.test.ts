import { Lifetime } from './lifetime.js';

it('releases once, after the runs that go on, also after those that fail', async () => {
  const log: string[] = [];
  const life = new Lifetime('model', async () => void log.push('released'));
  const run = (name: string, isFailing = false) =>
    life.run(async () => {
      log.push(`${name} starts`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (isFailing) throw new Error(name);
      return name;
    });
  const first = run('a', true);
  const second = run('b');
  const closing = life.close();
  await expect(first).rejects.toThrow('a');
  expect(await second).toBe('b');
  await closing;
  await life.close();
  expect(log).toEqual(['a starts', 'b starts', 'a ends', 'b ends', 'released']);
});

it('refuses runs once it is closed', async () => {
  const life = new Lifetime('model', async () => undefined);
  await life.close();
  await expect(life.run(async () => 'a')).rejects.toThrow(
    'model: expected a model that is open, received one that was disposed. ' +
      'Compile it again, or dispose it later.',
  );
});
