/**
 * @file Decoding through node-av: FFmpeg's libraries inside an npm package. The package is optional
 * and loaded when first needed; why it did not load is kept.
 */
import type * as Lib from 'node-av/lib';
import type * as Constants from 'node-av/constants';
import type { Backend, DecoderAvailability } from './backend.js';
import { decodeWithNodeAv, frameTicksWithNodeAv } from './node-av-decode.js';
import { factsWithNodeAv } from './node-av-facts.js';

/** The part of node-av that is used: its low-level bindings and FFmpeg's constants. */
export interface NodeAv {
  readonly lib: typeof Lib;
  readonly constants: typeof Constants;
}

let loading: Promise<NodeAv | Error> | undefined;

async function load(): Promise<NodeAv | Error> {
  try {
    const [lib, constants] = await Promise.all([
      import('node-av/lib'),
      import('node-av/constants'),
    ]);
    // The libraries would write to stderr by themselves; what they say is in the error codes.
    lib.Log.setLevel(constants.AV_LOG_QUIET);
    return { lib, constants };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function loaded(): Promise<NodeAv> {
  const av = await (loading ??= load());
  if (av instanceof Error) throw av;
  return av;
}

async function availability(): Promise<DecoderAvailability> {
  const av = await (loading ??= load());
  if (av instanceof Error) {
    const reason = av.message.trim().split('\n')[0] ?? '';
    return { name: 'node-av', available: false, reason };
  }
  return { name: 'node-av', available: true, version: av.lib.getFFmpegInfo().version };
}

/** The decoder node-av. */
export const nodeAv: Backend = {
  name: 'node-av',
  availability,
  facts: async (input, options) => factsWithNodeAv(await loaded(), input, options),
  frameTicks: async (input, options) => frameTicksWithNodeAv(await loaded(), input, options),
  decode: async function* (input, options) {
    yield* decodeWithNodeAv(await loaded(), input, options);
  },
};
