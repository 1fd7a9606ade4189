/** @file The video or camera itself, beside what is made of it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '../settings.js';

/** Plays the camera; or shows a file at a time, where the browser plays its container. */
export function Preview({
  file,
  stream,
  time,
}: {
  readonly file?: File | undefined;
  readonly stream?: MediaStream | undefined;
  readonly time?: number | undefined;
}) {
  const texts = useTexts().video;
  const element = useRef<HTMLVideoElement>(null);
  const [address, setAddress] = useState<string>();
  const [isUnplayable, setUnplayable] = useState(false);
  useEffect(() => {
    setUnplayable(false);
    if (!file) return setAddress(undefined);
    const url = URL.createObjectURL(file);
    setAddress(url);
    return () => URL.revokeObjectURL(url);
  }, [file]);
  useEffect(() => {
    if (!element.current) return;
    element.current.srcObject = stream ?? null;
    if (stream) void element.current.play().catch(() => undefined);
  }, [stream, address]);
  useEffect(() => {
    if (element.current && time !== undefined && !stream) element.current.currentTime = time;
  }, [time]);
  if ((!address && !stream) || (isUnplayable && !stream)) return null;
  return (
    <video
      ref={element}
      aria-label={texts.preview}
      muted
      playsInline
      controls={!stream}
      {...(stream ? {} : { src: address })}
      onError={() => setUnplayable(true)}
    />
  );
}
