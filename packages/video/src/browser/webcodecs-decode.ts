/** @file Decoding by the browser's VideoDecoder: packets in, frames in order of display, few of them open at a time. */
import { EncodedPacketSink, type EncodedPacket } from 'mediabunny';
import type { CountOptions, DecodedFrame, DecodeOptions, RawFrame } from '../node/backend.js';
import { tooManyFrames } from '../node/media-errors.js';
import { resizeFrame, type RgbImage } from '../transform/resize.js';
import type { Size } from '../types.js';
import { CONVERTED, framePixels } from './frame-pixels.js';
import { openTrack, type BlobFile, type OpenTrack } from './webcodecs-info.js';

/** Packets that the decoder has been given and not begun. */
const MOST_QUEUED = 8;

/** Decodes a file from its start; damaged packets are passed over, and those after them up to the next key frame. */
export async function* decodeBlob(
  file: BlobFile,
  { coded, signal }: DecodeOptions,
  warn: (message: string) => void,
): AsyncGenerator<DecodedFrame, void, undefined> {
  const opened = await openTrack(file);
  const output = new DecoderOutput(opened, await opened.track.getTimeResolution());
  const packets = new EncodedPacketSink(opened.track).packets();
  const wake = (): void => output.wake();
  signal?.addEventListener('abort', wake);
  // The two that may still be asked for their pixels.
  const open: VideoFrame[] = [];
  try {
    let [isEnded, isFlushed] = [false, false];
    for (;;) {
      signal?.throwIfAborted();
      const next = output.shift();
      if (next) {
        open.push(next.frame);
        if (open.length > 2) open.shift()!.close();
        if (next.ticks >= 0) yield rawFrame(next, coded, warn);
      } else if (!isEnded && output.waiting < MOST_QUEUED) {
        const packet = await nextPacket(packets);
        if (packet) output.decode(packet);
        else isEnded = true;
      } else if (isEnded && !isFlushed) {
        isFlushed = true;
        output.flush();
      } else if (isFlushed && output.isDone) break;
      else await output.change();
    }
    yield undefined;
  } finally {
    signal?.removeEventListener('abort', wake);
    for (const frame of open) frame.close();
    output.close();
    await packets.return();
    opened.input.dispose();
  }
}

/** The next packet; none where the file ends, or breaks off. */
async function nextPacket(
  packets: AsyncGenerator<EncodedPacket>,
): Promise<EncodedPacket | undefined> {
  try {
    const { value, done } = await packets.next();
    return done ? undefined : value;
  } catch {
    return undefined;
  }
}

interface StampedFrame {
  readonly frame: VideoFrame;
  readonly ticks: number;
}

/** A decoder, and another one after it has failed; the frames that it gave. */
class DecoderOutput {
  readonly #config: VideoDecoderConfig;
  readonly #resolution: number;
  readonly #frames: StampedFrame[] = [];
  /** Ticks of packets by the microseconds that decoders count in. */
  readonly #ticks = new Map<number, number>();
  #decoder: VideoDecoder | undefined;
  #flushing = false;
  #wake: (() => void) | undefined;

  constructor({ config }: OpenTrack, resolution: number) {
    this.#config = config;
    this.#resolution = resolution;
  }

  get waiting(): number {
    return this.#decoder?.decodeQueueSize ?? 0;
  }

  /** Whether all frames of a flushed decoder have been taken. */
  get isDone(): boolean {
    return !this.#flushing && this.#frames.length === 0;
  }

  shift(): StampedFrame | undefined {
    return this.#frames.shift();
  }

  wake(): void {
    this.#wake?.();
  }

  /** Until there is a frame, room for a packet, or the end. */
  async change(): Promise<void> {
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }

  decode(packet: EncodedPacket): void {
    const ready = this.#decoder?.state === 'configured';
    // A decoder begins, and begins again after an error, with a key frame.
    if (!ready && packet.type !== 'key') return;
    if (!ready) this.#begin();
    const chunk = packet.toEncodedVideoChunk();
    this.#ticks.set(chunk.timestamp, Math.round(packet.timestamp * this.#resolution));
    this.#decoder!.decode(chunk);
  }

  flush(): void {
    if (this.#decoder?.state !== 'configured') return;
    this.#flushing = true;
    // An error has been reported to the decoder's own callback.
    void this.#decoder
      .flush()
      .catch(() => undefined)
      .finally(() => {
        this.#flushing = false;
        this.wake();
      });
  }

  close(): void {
    for (const { frame } of this.#frames) frame.close();
    this.#frames.length = 0;
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = undefined;
  }

  #begin(): void {
    const decoder = new VideoDecoder({
      output: (frame) => {
        const stamp = frame.timestamp;
        const ticks = this.#ticks.get(stamp) ?? Math.round((stamp / 1e6) * this.#resolution);
        this.#ticks.delete(stamp);
        if (this.#decoder !== decoder) frame.close();
        else this.#frames.push({ frame, ticks });
        this.wake();
      },
      error: () => {
        this.#ticks.clear();
        this.wake();
      },
    });
    decoder.addEventListener('dequeue', () => this.wake());
    decoder.configure(this.#config);
    this.#decoder = decoder;
  }
}

function rawFrame(
  { frame, ticks }: StampedFrame,
  coded: Size,
  warn: (message: string) => void,
): RawFrame {
  const { width, height } = frame.visibleRect!;
  let pixels: Promise<Uint8Array> | undefined;
  const convert = async (): Promise<Uint8Array> => {
    const image = await framePixels(frame);
    frame.close();
    if (image.isConverted) warn(CONVERTED);
    return scaled(image, coded);
  };
  return { ticks, size: { width, height }, rgb: () => (pixels ??= convert()) };
}

/** Frames of another size than the first, scaled to it. */
function scaled(image: RgbImage, { width, height }: Size): Uint8Array {
  if (image.width === width && image.height === height) return image.data;
  const { data } = resizeFrame(image, { width, height }, 'bilinear-uint8');
  const size = width * height;
  return Uint8Array.from({ length: 3 * size }, (_, i) => data[(i % 3) * size + Math.floor(i / 3)]!);
}

/** Decodes everything for the time stamps alone. */
export async function ticksOfBlob(
  file: BlobFile,
  options: CountOptions,
): Promise<(number | undefined)[]> {
  const ticks: (number | undefined)[] = [];
  for await (const frame of decodeBlob(file, options, () => undefined)) {
    if (frame) ticks.push(frame.ticks);
    if (ticks.length > options.maxFrames) throw tooManyFrames(file.name, options.maxFrames);
  }
  return ticks;
}
