/**
 * @file What the test of the front door runs in a page and in a worker: `videoClassifier` and `liveClassifier`, as a user
 * would bundle them.
 */
import { liveFrames, type WebFrame } from '@slowfast/video';
import { liveClassifier, videoClassifier } from 'slowfast';

/** What is asked of the page or its worker. */
export type FrontDoorQuestion =
  | { readonly file: File; readonly views: `${number}x1`; readonly weights?: PageWeights }
  | { readonly frames: ReadableStream<WebFrame>; readonly answers: number };

/** Weights by name, as a page asks for them. */
export interface PageWeights {
  readonly weights: string;
  readonly offline?: boolean;
}

/** What comes back. */
export interface FrontDoorAnswer {
  readonly predictions: readonly { readonly label?: string; readonly score: number }[];
  readonly device?: string;
  readonly isIsolated: boolean;
  readonly notes: readonly string[];
  /** Bytes done and bytes in all, each time that they were told. */
  readonly downloads?: readonly (readonly [number, number])[];
  readonly error?: string;
}

const WEIGHTS = '/weights.safetensors';

/** Answers one question; errors as text. */
export async function frontDoor(question: FrontDoorQuestion): Promise<FrontDoorAnswer> {
  const isIsolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;
  const downloads: [number, number][] = [];
  try {
    if ('file' in question) {
      const { file, views, weights = { weights: WEIGHTS } } = question;
      await using classify = await videoClassifier({
        ...weights,
        onDownload: (done, total) => downloads.push([done, total]),
      });
      const predictions = await classify(file, { views, top: 6 });
      return {
        predictions: [...predictions],
        device: classify.model.device,
        notes: [...classify.notes, ...predictions.warnings],
        isIsolated,
        downloads,
      };
    }
    await using watch = await liveClassifier({ weights: WEIGHTS });
    const times: { readonly score: number }[] = [];
    for await (const { predictions } of watch(liveFrames(question.frames), { top: 1 })) {
      times.push(...predictions);
      if (times.length === question.answers) break;
    }
    return { predictions: times, notes: watch.notes, isIsolated };
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { predictions: [], notes: [], isIsolated, error: text };
  }
}
