/** @file What Vite and Chromium have, which the compiler does not know. */
interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}

declare module '*.css';

/** Frames of a camera's track as a stream (Chromium). */
declare class MediaStreamTrackProcessor {
  constructor(options: { readonly track: MediaStreamTrack; readonly maxBufferSize?: number });
  readonly readable: ReadableStream<VideoFrame>;
}
