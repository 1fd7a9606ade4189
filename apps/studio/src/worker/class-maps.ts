/** @file Where a model sees a class: the frame at a time of a window, under the activation maps of each pathway. */
import type { HostTensor } from '@slowfast/core';
import type { OnnxProvider } from '@slowfast/runtime-onnx';
import { openVideo, resizeFrame, type RgbImage, type SlidingWindow } from '@slowfast/video';
import {
  videoExplainer,
  type ClipExplanation,
  type Explanation,
  type ModelOptions,
  type VideoExplainer,
} from 'slowfast';
import { levelsOf, type Normalisation } from './clip-levels.js';

/** A frame under the maps of one stage: RGBA, row by row. */
export interface MapPicture {
  readonly stage: string;
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** Which frame of which window, and which class. */
export interface MapQuestion {
  readonly file: File;
  readonly window: SlidingWindow;
  readonly class: number;
  /** Seconds. */
  readonly time: number;
}

/** Pictures are no wider. */
const WIDEST = 480;

/** The way back from the classes of a model; compiled when it is first asked, since many never ask. */
export class ClassMaps {
  #explainer: Promise<VideoExplainer> | undefined;
  #last: { readonly of: MapQuestion; readonly explanation: Explanation } | undefined;

  constructor(
    private readonly options: Pick<ModelOptions, 'weights'>,
    private readonly provider: OnnxProvider,
  ) {}

  /** A picture a stage. The maps of a window are kept, so that another time within it costs a frame alone. */
  async pictures(question: MapQuestion, signal: AbortSignal): Promise<readonly MapPicture[]> {
    const { file, window, class: index, time } = question;
    await using video = await openVideo(file, { signal });
    const known = this.#last;
    const isKnown = known?.of.file === file && known.of.window === window;
    const explanation =
      isKnown && known.of.class === index
        ? known.explanation
        : await (
            await this.#compiled()
          )(video, { samples: [window], class: index, signal });
    this.#last = { of: question, explanation };
    const { frames, start, end } = window;
    const place = Math.round(((time - start) / (end - start)) * (frames.length - 1));
    const frame = frames[Math.min(frames.length - 1, Math.max(0, place))]!;
    for await (const image of video.frames({ indices: [frame], signal })) {
      return picturesOf(explanation, image.width > WIDEST ? resized(image) : image, frame);
    }
    return [];
  }

  /** A picture a stage of the last frame of a clip, as the model sees it. */
  async clipPictures(
    { clip, class: index }: { readonly clip: HostTensor<'float32'>; readonly class: number },
    normalisation: Normalisation,
    signal: AbortSignal,
  ): Promise<readonly MapPicture[]> {
    const explain = await this.#compiled();
    const explanation = await explain.clip(clip, { class: index, signal });
    const last = clip.shape[2]! - 1;
    const image = resized(lastFrame(clip, normalisation));
    return picturesOf(explanation, image, last);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#explainer?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  #compiled(): Promise<VideoExplainer> {
    const { options, provider } = this;
    const providers: OnnxProvider[] = provider === 'wasm' ? ['wasm'] : [provider, 'wasm'];
    const compiling = (this.#explainer ??= videoExplainer({
      ...options,
      backend: 'web',
      providers,
    }));
    // What failed for want of memory may not fail again.
    compiling.catch(() => (this.#explainer = undefined));
    return compiling;
  }
}

const picturesOf = (
  { maps, overlay }: ClipExplanation,
  image: RgbImage,
  frame: number,
): readonly MapPicture[] =>
  Object.keys(maps).map((stage) => {
    const { width, height, data } = overlay(stage, image, frame);
    return { stage, width, height, pixels: withAlpha(data) };
  });

function lastFrame(clip: HostTensor<'float32'>, normalisation: Normalisation): RgbImage {
  const [frames, height, width] = clip.shape.slice(2) as [number, number, number];
  const level = levelsOf(clip, normalisation);
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) =>
    Math.min(255, Math.max(0, Math.round(level(i % 3, frames - 1, Math.floor(i / 3))))),
  );
  return { width, height, data };
}

/** An image of {@link WIDEST} pixels, so that heat over it is smooth. */
function resized(image: RgbImage): RgbImage {
  const scale = WIDEST / image.width;
  const size = { width: WIDEST, height: Math.max(1, Math.round(image.height * scale)) };
  const { data: planes } = resizeFrame(image, size, scale < 1 ? 'area' : 'bilinear');
  const pixels = size.width * size.height;
  const data = Uint8Array.from({ length: 3 * pixels }, (_, i) => {
    return planes[(i % 3) * pixels + Math.floor(i / 3)]!;
  });
  return { ...size, data };
}

function withAlpha(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray((4 * rgb.length) / 3).fill(255);
  for (let i = 0; i < rgb.length; i++) pixels[Math.floor(i / 3) * 4 + (i % 3)] = rgb[i]!;
  return pixels;
}
