/** @file The test videos of a run: their views, kept in memory where they fit. */
import { isMediaError, type Preprocessing } from '@slowfast/core';
import type { ClipTensors, EvaluationVideo, FrozenFeatures } from '@slowfast/training';
import { clipInput, openVideo, skeletonViews, views, type ListedClip } from '@slowfast/video';
import type { Lists } from './lists.js';
import { skeletonStore } from '../pose/skeleton-store.js';

/** Options of {@link testVideos}. */
export interface TestOptions {
  readonly preprocessing: Preprocessing;
  readonly clips: number;
  readonly crops: number;
  /** Bytes of views that may be kept. */
  readonly keep: number;
  readonly signal: AbortSignal;
  /** What is kept and given in place of a view; default: the view. */
  readonly rowOf?: FrozenFeatures['rowOf'];
  readonly annotations: Lists['annotations'];
  /** Called once for each video that cannot be used. */
  readonly onBroken: (path: string, error: Error) => void;
}

/** Videos that can be gone through again and again; those that cannot be used are left out. */
export interface TestVideos {
  [Symbol.asyncIterator](): AsyncIterator<EvaluationVideo>;
}

/** The test videos of a list. */
export function testVideos(list: readonly ListedClip[], options: TestOptions): TestVideos {
  const { preprocessing, clips, crops, keep, signal, rowOf, onBroken, annotations } = options;
  const stored = new Map<string, readonly ClipTensors[]>();
  const broken = new Set<string>();
  // Views are kept in place of skeletons.
  const skeletons = skeletonStore(0, annotations);
  let count = 0;

  async function seen(clip: ListedClip): Promise<readonly ClipTensors[]> {
    const pictureFps = preprocessing.clip.fps;
    await using video = await openVideo(clipInput(clip), { signal, pictureFps });
    const own: ClipTensors[] = [];
    for await (const { tensor, sound } of views(video, preprocessing, { clips, crops, signal })) {
      if (rowOf) own.push({ tensor: await rowOf(tensor, sound) });
      else own.push({ tensor, ...(sound ? { sound } : {}) });
    }
    return own;
  }

  async function drawn(path: string): Promise<readonly ClipTensors[]> {
    const sequence = await skeletons.read(path);
    return [...skeletonViews(sequence, preprocessing, { clips, crops, site: path })];
  }

  async function tensors(clip: ListedClip): Promise<readonly ClipTensors[]> {
    const own = await (preprocessing.skeleton ? drawn(clip.path) : seen(clip));
    const bytes = own
      .flatMap(({ tensor, sound }) => (sound ? [tensor, sound] : [tensor]))
      .reduce((sum, { data }) => sum + data.byteLength, 0);
    if (count + bytes <= keep) {
      stored.set(clip.path, own);
      count += bytes;
    }
    return own;
  }

  return {
    async *[Symbol.asyncIterator]() {
      for (const clip of list) {
        const { path, labels } = clip;
        signal.throwIfAborted();
        if (broken.has(path)) continue;
        try {
          yield { path, labels, views: stored.get(path) ?? (await tensors(clip)) };
        } catch (error) {
          if (!isMediaError(error)) throw error;
          broken.add(path);
          onBroken(path, error);
        }
      }
    },
  };
}
