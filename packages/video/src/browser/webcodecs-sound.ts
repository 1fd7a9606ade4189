/** @file Decoding sound by the browser's AudioDecoder, brought to one channel at a rate. */
import {
  ALL_FORMATS,
  AudioSampleSink,
  BlobSource,
  Input,
  type AudioSample,
  type InputAudioTrack,
} from 'mediabunny';
import { noSoundStream, unsupportedSound } from '../node/media-errors.js';
import { GAP } from '../sound/gap.js';
import { resampler, type Resampler } from '../sound/resample.js';
import type { SoundOptions, SoundPiece } from '../types.js';
import type { BlobFile } from './webcodecs-info.js';

/** The mean of a piece's channels; the piece is then closed. */
function channelMean(sample: AudioSample): Float32Array {
  const { numberOfFrames: count, numberOfChannels: channels } = sample;
  const mean = new Float32Array(count);
  const plane = new Float32Array(count);
  for (let planeIndex = 0; planeIndex < channels; planeIndex++) {
    sample.copyTo(plane, { planeIndex, format: 'f32-planar' });
    for (let i = 0; i < count; i++) mean[i]! += plane[i]! / channels;
  }
  sample.close();
  return mean;
}

/** The sound of a file, if the browser decodes it. Throws MediaError for none, and for a codec that it does not know. */
async function soundTrack(input: Input, name: string): Promise<InputAudioTrack> {
  const track = await input.getPrimaryAudioTrack();
  if (!track) throw noSoundStream(name);
  if (await track.canDecode()) return track;
  const id = (await track.getCodec()) ?? (await track.getInternalCodecId());
  throw unsupportedSound(name, typeof id === 'string' ? id : 'an unknown one');
}

/** Decodes a file's sound from its start; gaps stay gaps, and what follows a packet that does not decode is left out. */
export async function* soundOfBlob(
  { blob, name }: BlobFile,
  { rate, signal }: SoundOptions,
  warn: (message: string) => void,
): AsyncGenerator<SoundPiece, void, undefined> {
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(blob) });
  let samples: AsyncGenerator<AudioSample, void, unknown> | undefined;
  let [at, expected, from] = [0, NaN, 0];
  let resampling: Resampler | undefined;
  function* piece(own: Float32Array | undefined): Generator<SoundPiece> {
    if (!own?.length) return;
    yield { at, samples: own };
    at += own.length;
  }
  try {
    const track = await soundTrack(input, name);
    const start = Math.max(0, await input.getFirstTimestamp());
    samples = new AudioSampleSink(track).samples();
    for (;;) {
      signal?.throwIfAborted();
      const next = await samples.next().catch(() => undefined);
      signal?.throwIfAborted();
      if (!next) warn('The sound does not decode to its end: the rest of it is left out.');
      if (!next?.value) break;
      const { timestamp, sampleRate, numberOfFrames } = next.value;
      const own = channelMean(next.value);
      const time = timestamp - start;
      if (!(Math.abs(time - expected) <= GAP) || sampleRate !== from) {
        yield* piece(resampling?.end());
        at = Math.round(time * rate);
        expected = time;
        from = sampleRate;
        resampling = resampler(from, rate);
      }
      expected += numberOfFrames / from;
      yield* piece(resampling!.add(own));
    }
    yield* piece(resampling?.end());
  } finally {
    await samples?.return();
    input.dispose();
  }
}
