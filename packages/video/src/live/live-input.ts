/** @file What frames are taken from while they come; the parts of the web's own objects that are needed. */

/** A frame of WebCodecs. */
export interface WebFrame {
  /** Microseconds. */
  readonly timestamp: number;
  /** Frees its memory. */
  close(): void;
}

/** A camera or a screen: the web's MediaStream. */
export interface WebStream {
  /** Its pictures; the first is taken. */
  getVideoTracks(): readonly object[];
}

/** A `<video>` that plays: the web's HTMLVideoElement. */
export interface WebVideoElement {
  /** Columns of its frames. */
  readonly videoWidth: number;
  /** Calls back when a frame is shown. */
  requestVideoFrameCallback(callback: (now: number, metadata: object) => void): number;
}

/**
 * What plays. In Node a URL, or a device that ffmpeg knows; in a page a camera or screen (MediaStream), a `<video>` that
 * plays, or WebCodecs' VideoFrames, which are closed once they are copied.
 */
export type LiveInput =
  string | WebStream | WebVideoElement | AsyncIterable<WebFrame> | ReadableStream<WebFrame>;
