/**
 * @file Decoding through node-av: FFmpeg's libraries inside an npm package. The package is optional
 * and loaded when first needed; why it did not load is kept.
 */
import type * as Lib from 'node-av/lib';
import type * as Constants from 'node-av/constants';
import type { Backend, DecoderAvailability } from './backend.js';
import { decodeWithNodeAv, frameTicksWithNodeAv } from './node-av-decode.js';
import { infoWithNodeAv } from './node-av-info.js';
import { soundWithNodeAv } from './node-av-sound.js';

/** The part of node-av that is used: its low-level bindings and FFmpeg's constants. */
export interface NodeAv {
  readonly lib: typeof Lib;
  readonly constants: typeof Constants;
}

type Loading = { readonly av: NodeAv } | { readonly failure: unknown };

let loading: Promise<Loading> | undefined;

async function load(): Promise<Loading> {
  try {
    // One after the other: they share modules, and Jest's loader fails on two imports at once.
    const lib = await import('node-av/lib');
    const constants = await import('node-av/constants');
    // The libraries would write to stderr by themselves; what they say is in the error codes.
    lib.Log.setLevel(constants.AV_LOG_QUIET);
    return { av: { lib, constants } };
  } catch (failure) {
    return { failure };
  }
}

/** node-av, loaded once; rejects with the reason why it does not load. */
export async function loadNodeAv(): Promise<NodeAv> {
  const result = await (loading ??= load());
  if ('failure' in result) throw result.failure;
  return result.av;
}

async function availability(): Promise<DecoderAvailability> {
  const result = await (loading ??= load());
  if ('av' in result) {
    return { name: 'node-av', available: true, version: result.av.lib.getFFmpegInfo().version };
  }
  const text = String((result.failure as Partial<Error> | undefined)?.message ?? result.failure);
  return { name: 'node-av', available: false, reason: text.trim().split('\n')[0] ?? '' };
}

/** The decoder node-av. */
export const nodeAv: Backend = {
  name: 'node-av',
  availability,
  info: async (input, options) => infoWithNodeAv(await loadNodeAv(), input, options),
  frameTicks: async (input, options) => frameTicksWithNodeAv(await loadNodeAv(), input, options),
  decode: async function* (input, options) {
    yield* decodeWithNodeAv(await loadNodeAv(), input, options);
  },
  sound: async function* (input, options) {
    yield* soundWithNodeAv(await loadNodeAv(), input, options);
  },
};
