/** @file Frames of what plays in a page: a camera, a screen, a `<video>`, or WebCodecs' frames. One is open at a time. */
import { checkArguments, MediaError, SpecError } from '@slowfast/core';
import type { LiveFrame } from '../live/live-clips.js';
import type { LiveInput } from '../live/live-input.js';
import { framePixels } from './frame-pixels.js';

/** Options of {@link liveFrames}. */
export interface LiveFramesOptions {
  /** Seconds without a frame after which a camera or element is given up; default 30. */
  readonly timeout?: number;
  /** Stops it; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Frames as they come, until the source ends or is stopped: of a camera or screen (MediaStream), a `<video>` that plays, or
 * of VideoFrames, which are closed once they are copied. A frame that comes while the one before is still being used is
 * left out. Times are seconds from the first frame and always rise, in a loop, too.
 *
 * @throws MediaError for a stream without pictures, an element that fails, no frame within the timeout.
 * @example
 * const camera = await navigator.mediaDevices.getUserMedia({ video: true });
 * for await (const { predictions } of watch(liveFrames(camera))) console.log(predictions[0]);
 */
export async function* liveFrames(
  source: LiveInput,
  options: LiveFramesOptions = {},
): AsyncGenerator<LiveFrame, void, undefined> {
  checkArguments('liveFrames', { options: [options, 'object'] });
  options.signal?.throwIfAborted();
  let [first, last, shift] = [NaN, -Infinity, 0];
  for await (const frame of videoFrames(source, options)) {
    let picture;
    try {
      picture = await framePixels(frame);
    } finally {
      frame.close();
    }
    options.signal?.throwIfAborted();
    const now = frame.timestamp / 1e6;
    if (Number.isNaN(first)) first = now;
    let time = now - first + shift;
    if (time <= last) {
      // It has jumped back, as in a loop.
      shift += last - time + ASSUMED_STEP;
      time = last + ASSUMED_STEP;
    }
    last = time;
    const { width, height, data } = picture;
    yield { time, width, height, data };
  }
}

/** Seconds between two frames where it cannot be known. */
const ASSUMED_STEP = 1 / 30;

function videoFrames(source: LiveInput, options: LiveFramesOptions): AsyncIterable<VideoFrame> {
  // A worker has neither streams nor elements.
  if (typeof MediaStream === 'function' && source instanceof MediaStream) {
    return streamFrames(source, options);
  }
  if (typeof HTMLVideoElement === 'function' && source instanceof HTMLVideoElement) {
    return elementFrames(source, options);
  }
  if (source instanceof ReadableStream)
    return readableFrames(source as ReadableStream<VideoFrame>, options);
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) {
    return source as AsyncIterable<VideoFrame>;
  }
  throw new SpecError({
    site: 'liveFrames',
    expected: 'a MediaStream, an HTMLVideoElement, or VideoFrames',
    received: source === null ? 'null' : typeof source,
    remedy: 'Play a URL in a <video>, and give that',
  });
}

/** Frames of a stream's track, in a worker and where the browser has no processor of tracks by way of an element. */
async function* streamFrames(
  stream: MediaStream,
  options: LiveFramesOptions,
): AsyncGenerator<VideoFrame, void, undefined> {
  const [track] = stream.getVideoTracks();
  if (!track) {
    throw new MediaError({
      site: 'stream',
      expected: 'a MediaStream with a video track',
      received: 'one without',
      remedy: 'Ask for { video: true }',
    });
  }
  if (typeof MediaStreamTrackProcessor === 'function') {
    // One frame waits at most; the browser drops those that come meanwhile.
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
    yield* readableFrames(readable, options);
    return;
  }
  const element = document.createElement('video');
  element.muted = true;
  element.srcObject = stream;
  try {
    await element.play();
    yield* elementFrames(element, options, track);
  } finally {
    element.srcObject = null;
  }
}

async function* readableFrames(
  readable: ReadableStream<VideoFrame>,
  { signal, timeout = 30 }: LiveFramesOptions,
): AsyncGenerator<VideoFrame, void, undefined> {
  const reader = readable.getReader();
  try {
    for (;;) {
      const { value, done } = await within(reader.read(), 'stream', timeout, signal);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function* elementFrames(
  element: HTMLVideoElement,
  { signal, timeout = 30 }: LiveFramesOptions,
  track?: MediaStreamTrack,
): AsyncGenerator<VideoFrame, void, undefined> {
  let callback = 0;
  const ends = new AbortController();
  /** The next frame that is shown; none when it has ended. */
  const next = (): Promise<VideoFrame | undefined> =>
    new Promise((resolve, reject) => {
      const stop = (): void => resolve(undefined);
      if (element.ended || track?.readyState === 'ended') return stop();
      const once = { once: true, signal: ends.signal };
      element.addEventListener('ended', stop, once);
      track?.addEventListener('ended', stop, once);
      element.addEventListener('error', () => reject(failed(element)), once);
      callback = element.requestVideoFrameCallback((_, { mediaTime }) =>
        resolve(new VideoFrame(element, { timestamp: Math.round(mediaTime * 1e6) })),
      );
    });
  try {
    for (;;) {
      const frame = await within(next(), 'video element', timeout, signal);
      if (!frame) return;
      yield frame;
    }
  } finally {
    element.cancelVideoFrameCallback(callback);
    ends.abort();
  }
}

const failed = ({ error }: HTMLVideoElement): MediaError =>
  new MediaError({
    site: 'video element',
    expected: 'a video that plays',
    received: error?.message || 'one that does not',
    remedy: 'Check its address and format',
  });

/** A promise's value, if it comes in time and nobody aborts. */
async function within<T>(
  promise: Promise<T>,
  site: string,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const over = new AbortController();
  const once = { once: true, signal: over.signal };
  const end = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new MediaError({
            site,
            expected: 'frames',
            received: `none in ${timeout} s`,
            remedy: 'Check that it plays, or give it a longer timeout',
          }),
        ),
      timeout * 1000,
    );
    over.signal.addEventListener('abort', () => clearTimeout(timer));
    signal?.addEventListener('abort', () => reject(signal.reason), once);
    if (signal?.aborted) reject(signal.reason);
  });
  try {
    return await Promise.race([promise, end]);
  } finally {
    over.abort();
  }
}
