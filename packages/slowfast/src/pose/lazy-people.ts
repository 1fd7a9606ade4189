/** @file Where the people come from that a model of skeletons sees: a detector, or files of annotations, opened when they are first asked for. */
import type { CompiledModel } from '@slowfast/core';
import type { FindPeople } from '../detect/detection.js';
import type { AnnotationFiles } from './annotation-file.js';

/** Finds people; release it with `await using`. */
export interface PeopleFinder extends AsyncDisposable {
  readonly find: FindPeople;
  readonly annotations: () => Promise<AnnotationFiles>;
}

/** MoveNet with its threshold, which is not opened before the first frame. Throws RuntimeError where its files are not. */
export function lazyPeople(): PeopleFinder {
  let opened: Promise<{ readonly model: CompiledModel; readonly find: FindPeople }> | undefined;
  let files: Promise<AnnotationFiles> | undefined;
  return {
    annotations: () => (files ??= openAnnotations()),
    async find(time, frame) {
      opened ??= openPeople();
      return (await opened).find(time, frame);
    },
    async [Symbol.asyncDispose]() {
      const people = await opened?.catch(() => undefined);
      await people?.model[Symbol.asyncDispose]();
    },
  };
}

/** Pickles are read by few: not in the bundle of a classifier. */
const openAnnotations = async (): Promise<AnnotationFiles> =>
  (await import('./annotation-file.js')).annotationFiles();

/** Not by way of `defaultPeople`, which would bring every detector into the bundle of a classifier. */
async function openPeople() {
  const [{ modelFolder }, { MOVENET_THRESHOLD, movenetPeople, openMovenet }] = await Promise.all([
    import('../detect/people-model.js'),
    import('../detect/movenet.js'),
  ]);
  const model = await openMovenet(await modelFolder());
  const find: FindPeople = (_time, frame) => movenetPeople(model, frame, MOVENET_THRESHOLD);
  return { model, find };
}
