/** @file What is done with a video that is open, and what of it a client is told. */
import type { HostTensor } from '@slowfast/core';
import type { Video } from '@slowfast/video';
import type { Settings, VideoCall } from '../options.js';
import { checkRuns } from './parameters.js';

/** The query of a request, checked by its schema. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** Does what a path is for. */
export type Task = (video: Video, query: Query, call: VideoCall) => Promise<object>;

/** The tasks for which there are functions, by path. */
export function tasksOf({
  classify,
  detect,
  features,
  maxRuns,
}: Settings): ReadonlyMap<'classify' | 'detect' | 'features', Task> {
  const tasks = new Map<'classify' | 'detect' | 'features', Task>();
  if (classify) {
    tasks.set('classify', async (video, { top, views }, call) => {
      const counts = views === undefined ? classify.preprocessing.views : countsOf(views as string);
      checkRuns('views', counts.clips * counts.crops, maxRuns);
      const result = await classify(video, { ...call, top: top as number, views: counts });
      return {
        model: classify.model.name,
        views: result.views,
        predictions: result.map(({ index, label, score }) => ({ index, label, score })),
        warnings: result.warnings,
        timing: result.timing,
      };
    });
  }
  if (detect) {
    tasks.set('detect', async (video, { top, minScore, every, people }, call) => {
      checkRuns('key frames', video.timeline.duration / (every as number), maxRuns);
      const { detector, keyFrames, warnings } = await detect(video, {
        ...call,
        ...{ top: top as number, minScore: minScore as number, every: every as number },
        ...(people === 'whole-frame' ? { people } : {}),
      });
      // Not where its file is.
      return { detector: { kind: detector.kind }, keyFrames, warnings };
    });
  }
  if (features) {
    tasks.set('features', async (video, { window, stride, fps, encoding }, call) => {
      const frames = video.timeline.duration * (fps as number);
      checkRuns('windows', frames / (stride as number), maxRuns);
      const { arrays, times, warnings } = await features(video, {
        ...call,
        ...{ window: window as number, stride: stride as number, fps: fps as number },
      });
      return {
        features: Object.fromEntries(
          Object.entries(arrays).map(([name, array]) => [
            name,
            encoded(array, encoding === 'base64'),
          ]),
        ),
        times: Array.from({ length: times.length / 2 }, (_, i) => [times[2 * i], times[2 * i + 1]]),
        warnings,
      };
    });
  }
  return tasks;
}

function countsOf(views: string): { readonly clips: number; readonly crops: number } {
  const [clips, crops] = views.split('x').map(Number) as [number, number];
  return { clips, crops };
}

const encoded = ({ shape, data }: HostTensor<'float32'>, isBase64: boolean) => ({
  shape,
  data: isBase64
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
    : Array.from(data),
});
