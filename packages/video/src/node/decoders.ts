/** @file The decoders there are, in the order in which they are tried. */
import type { DecoderName } from '../types.js';
import type { Backend, DecoderAvailability } from './backend.js';
import { ffmpeg } from './ffmpeg.js';
import { nodeAv } from './node-av.js';

const BACKENDS: readonly Backend[] = [nodeAv, ffmpeg];

/** The decoders to try for a choice. */
export const backends = (choice: DecoderName | 'auto'): readonly Backend[] =>
  choice === 'auto' ? BACKENDS : BACKENDS.filter(({ name }) => name === choice);

/** Which decoders can be used here. */
export const availableDecoders = (): Promise<DecoderAvailability[]> =>
  Promise.all(BACKENDS.map((backend) => backend.availability()));
