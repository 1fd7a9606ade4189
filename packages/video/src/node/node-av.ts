/**
 * @file Decoding through node-av: FFmpeg's libraries inside an npm package. It is optional and loaded when first
 * needed; why it did not load is kept.
 */
import type { Backend, DecoderAvailability } from './backend.js';
import { AV, loadBinding, type NodeAv } from './node-av-binding.js';
import { decodeWithNodeAv, frameTicksWithNodeAv } from './node-av-decode.js';
import { infoWithNodeAv } from './node-av-info.js';
import { soundWithNodeAv } from './node-av-sound.js';

type Loading = { readonly av: NodeAv } | { readonly failure: unknown };

let loading: Loading | undefined;

function load(): Loading {
  try {
    const av = loadBinding();
    // The libraries would write to stderr by themselves; what they say is in the error codes.
    av.Log.setLevel(AV.LOG_QUIET);
    return { av };
  } catch (failure) {
    return { failure };
  }
}

/** node-av, loaded once; throws the reason why it does not load. */
export function loadNodeAv(): NodeAv {
  const result = (loading ??= load());
  if ('failure' in result) throw result.failure;
  return result.av;
}

function availability(): DecoderAvailability {
  const result = (loading ??= load());
  if ('av' in result) {
    return { name: 'node-av', available: true, version: result.av.getFFmpegInfo().version };
  }
  const text = String((result.failure as Partial<Error> | undefined)?.message ?? result.failure);
  return { name: 'node-av', available: false, reason: text.trim().split('\n')[0] ?? '' };
}

/** The decoder node-av. */
export const nodeAv: Backend = {
  name: 'node-av',
  availability: () => Promise.resolve(availability()),
  info: async (input, options) => infoWithNodeAv(loadNodeAv(), input, options),
  frameTicks: async (input, options) => frameTicksWithNodeAv(loadNodeAv(), input, options),
  decode: async function* (input, options) {
    yield* decodeWithNodeAv(loadNodeAv(), input, options);
  },
  sound: async function* (input, options) {
    yield* soundWithNodeAv(loadNodeAv(), input, options);
  },
};
