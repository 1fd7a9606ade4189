/** @file The detector of people, opened when it is first asked. */
import type { People } from '../detect/people.js';

/** Finds people; release it with `await using`. */
export type PeopleFinder = Pick<People, 'find'> & AsyncDisposable;

/** MoveNet, which is not opened before the first frame. */
export function lazyPeople(): PeopleFinder {
  let opened: Promise<People> | undefined;
  return {
    async find(time, frame) {
      // Bundles of a classifier that sees frames need no detector.
      opened ??= import('../detect/people.js').then(({ defaultPeople }) => defaultPeople());
      return (await opened).find(time, frame);
    },
    async [Symbol.asyncDispose]() {
      const people = await opened?.catch(() => undefined);
      await people?.[Symbol.asyncDispose]();
    },
  };
}
