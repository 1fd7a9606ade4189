/** @file The camera: its picture for the page, its frames for a worker. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '../settings.js';

/** A camera that can be started and stopped. */
export interface Camera {
  readonly stream: MediaStream | undefined;
  /** Frames of the camera, to be handed to a worker. Rejects where there is no camera, or it is not allowed. */
  start(): Promise<ReadableStream<VideoFrame>>;
  stop(): void;
}

/** The camera of a tab, which stops with it. */
export function useCamera(): Camera {
  const { errors } = useTexts();
  const [stream, setStream] = useState<MediaStream>();
  const current = useRef<MediaStream | undefined>(undefined);
  function stop(): void {
    for (const track of current.current?.getTracks() ?? []) track.stop();
    current.current = undefined;
    setStream(undefined);
  }
  useEffect(() => stop, []);
  return {
    stream,
    stop,
    async start() {
      if (typeof MediaStreamTrackProcessor !== 'function') throw new Error(errors.camera);
      stop();
      const own = await navigator.mediaDevices.getUserMedia({ video: { width: 640 } });
      current.current = own;
      setStream(own);
      const track = own.getVideoTracks()[0]!;
      return new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable;
    },
  };
}
