/** @file The reports of `slowfast detect` on one video after another, by one model. */
import { openVideo, type Size, type Video } from '@slowfast/video';
import { defined } from '../defined.js';
import { openDetector, type Detector } from '../detect/compile-detector.js';
import { detectActions, type DetectedFrame } from '../detect/detection.js';
import { keyTimes } from '../detect/key-times.js';
import {
  defaultPeople,
  peopleDetector,
  peopleOfFile,
  wholeFrame,
  type People,
  type PeopleOrigin,
} from '../detect/people.js';
import { sizedDetector, type SizedDetector } from '../detect/sized-detector.js';
import { labelsOf, untrainedWarning } from '../model/labels.js';
import { compileOptions } from './compile.js';
import type { DetectFlags } from './detect.js';
import type { Terminal } from './terminal.js';

/** What is found in a video: `detect.schema.json` of this package, without the video's path. */
export interface DetectionReport {
  readonly format: 'slowfast-detect/1';
  readonly model: string;
  readonly device: string;
  readonly video: Size & {
    readonly fps: number;
    readonly frames: number;
    readonly duration: number;
  };
  readonly detector: PeopleOrigin;
  readonly keyFrames: readonly DetectedFrame[];
  readonly warnings: readonly string[];
}

/** What {@link Detections.report} works with. */
interface Watching {
  readonly signal: AbortSignal;
  /** Called with key frames done and key frames altogether. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A model of actions and one of people, each opened when it is first needed. */
export interface Detections extends AsyncDisposable {
  /** Opens the model of actions; notes say what was concluded on the way. */
  open(): Promise<readonly string[]>;
  /** Looks through a video; rejects with MediaError for one that cannot be used. */
  report(path: string, video: Video, watching: Watching): Promise<DetectionReport>;
}

/** Reports as the flags say. */
export function detections(flags: DetectFlags, terminal: Terminal): Detections {
  let opened: Promise<{ readonly detector: Detector; readonly sized: SizedDetector }> | undefined;
  let seeker: Promise<People> | undefined;
  const opening = () =>
    (opened ??= openDetector(compileOptions(flags, terminal)).then((detector) => ({
      detector,
      sized: sizedDetector(detector),
    })));
  /** Boxes of a file are each video's own. */
  const peopleIn = (path: string): Promise<People> =>
    flags.boxes === undefined ? (seeker ??= peopleFrom(path, flags)) : peopleFrom(path, flags);
  return {
    open: async () => (await opening()).detector.notes,
    async report(path, video, { signal, onProgress }) {
      // Before the model, which takes longer: a file that is missing is said at once.
      const people = await peopleIn(path);
      const times = keyTimes(video.timeline, flags);
      people.checkTimes?.(times);
      const { detector, sized } = await opening();
      const { model, preprocessing } = await sized.of(video.info);
      const labels = await labelsOf(model, flags.labels);
      const keyFrames = await detectActions(video, {
        ...{ model, preprocessing, labels, people: people.find, times, signal },
        ...{ top: flags.top, minScore: flags.minScore },
        ...defined({ onProgress }),
      });
      const { width, height, fps, frames, duration } = video.info;
      return {
        format: 'slowfast-detect/1',
        ...{ model: model.name, device: model.device },
        video: { width, height, fps, frames, duration },
        ...{ detector: people.origin, keyFrames },
        warnings: [
          ...detector.notes,
          ...untrainedWarning(model),
          ...(labels ? [] : ['no labels for these classes: give them by --labels']),
          ...video.warnings,
        ],
      };
    },
    async [Symbol.asyncDispose]() {
      await (await seeker?.catch(() => undefined))?.[Symbol.asyncDispose]();
      const ready = await opened?.catch(() => undefined);
      await ready?.sized[Symbol.asyncDispose]();
      await ready?.detector[Symbol.asyncDispose]();
    },
  };
}

/** The report on the video at a path. */
export async function reportOf(
  path: string,
  detections: Detections,
  { decoder }: DetectFlags,
  watching: Watching,
): Promise<DetectionReport> {
  await using video = await openVideo(path, { decoder, signal: watching.signal });
  return await detections.report(path, video, watching);
}

/** What finds people in a video, as the flags say. */
async function peopleFrom(video: string, flags: DetectFlags): Promise<People> {
  const { firstSecond, boxes, detector, people } = flags;
  const options = defined({ threshold: flags.boxThreshold, backend: flags.backend });
  if (boxes !== undefined) {
    return peopleOfFile(boxes, { video, ...options, firstSecond, reach: flags.every / 2 });
  }
  if (detector !== undefined) {
    return peopleDetector(detector, { ...defined({ adapter: flags.adapter }), ...options });
  }
  if (people === 'whole-frame') return wholeFrame();
  return defaultPeople({ ...defined({ folder: people }), ...options });
}
