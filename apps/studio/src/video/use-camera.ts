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

/** Why there is no camera. */
class CameraError extends Error {
  override readonly name = 'CameraError';
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
      // TypeScript knows pages of secure addresses alone.
      const devices = navigator.mediaDevices as MediaDevices | undefined;
      if (!devices) throw new CameraError(errors.insecure);
      if (typeof MediaStreamTrackProcessor !== 'function') throw new CameraError(errors.camera);
      stop();
      const own = await devices
        .getUserMedia({ video: { width: 640 } })
        .catch(({ name, message }: DOMException) => {
          const known = { NotAllowedError: errors.denied, NotFoundError: errors.none }[name];
          throw new CameraError(known ?? message);
        });
      current.current = own;
      setStream(own);
      const track = own.getVideoTracks()[0]!;
      return new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable;
    },
  };
}
