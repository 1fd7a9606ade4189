/** @file What the Fast pathway sees (paper, Table 5c), by name. */
import {
  frameDifference,
  grey,
  halfResolution,
  withInput,
  type GreyOptions,
  type PathwayInput,
  type ResnetBackbone,
} from '@slowfast/backbones';
import type { Preprocessing } from '@slowfast/core';

/**
 * What the Fast pathway sees: colours, grey frames, differences of grey frames, colours at half the spatial
 * resolution, or optical flow, which is no part of the network: its input has two channels then.
 */
export type FastInput = 'rgb' | 'grey' | 'difference' | 'half' | 'flow';

interface FastInputTraits {
  readonly transform?: (options: GreyOptions) => PathwayInput;
  /** Channels of the pathway's input, where they are not the clip's. */
  readonly channels?: number;
  /** Whether what it brings to another pathway has to be enlarged. */
  readonly isSmaller?: boolean;
}

/** Every {@link FastInput}. */
export const FAST_INPUTS: Readonly<Record<FastInput, FastInputTraits>> = {
  rgb: {},
  grey: { transform: grey },
  difference: { transform: frameDifference },
  half: { transform: halfResolution, isSmaller: true },
  flow: { channels: 2 },
};

/** What pathways take of the raw clip, where Fast sees this. */
export function pathwayInputs(
  pathways: Preprocessing['pathways'],
  input: FastInput,
): Preprocessing['pathways'] {
  const { fast } = pathways;
  return input === 'flow' && fast ? { ...pathways, fast: { ...fast, input } } : pathways;
}

/** A Fast pathway that sees this. */
export function fastPathway<P extends { readonly backbone: ResnetBackbone }>(
  pathway: P,
  input: FastInput,
  options: GreyOptions = {},
): P & { readonly channels?: number } {
  const { transform, channels } = FAST_INPUTS[input];
  return {
    ...pathway,
    ...(transform ? { backbone: withInput(transform(options), pathway.backbone) } : {}),
    ...(channels === undefined ? {} : { channels }),
  };
}
