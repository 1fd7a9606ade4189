/** @file A client of `slowfast serve`, and for tensors of every server that speaks KServe v2. Runs in a browser as it is. */
import { checkArguments, float32Tensor, SpecError, type HostTensor } from '@slowfast/core';
import type { Prediction } from '@slowfast/evaluation';
import type { DetectedFrame } from '../detect/detection.js';
import type { ViewText } from '../classify/view-numbers.js';
import { answered } from './server-error.js';
import {
  JSON_LENGTH,
  requestBody,
  tensorsIn,
  type NamedTensors,
  type TensorRequest,
} from './tensor-request.js';
import { videoTask, type VideoSource, type VideoTask } from './video-task.js';

/** Where a server is, and how it is asked. */
export interface ServerClientOptions {
  /** `http://127.0.0.1:8000`; a path before `/v2` is kept. */
  readonly url: string | URL;
  /** API key, where the server wants one. */
  readonly key?: string;
  /** Sends requests; default: the platform's. */
  readonly fetch?: typeof fetch;
}

/** An input or output of a model on a server. */
export interface ServedTensor {
  readonly name: string;
  /** `FP32` as a rule. */
  readonly datatype: string;
  /** -1 for a size that each request may choose. */
  readonly shape: readonly number[];
}

/** A model on a server. */
export interface ServedModel {
  readonly name: string;
  readonly versions?: readonly string[];
  readonly platform: string;
  readonly inputs: readonly ServedTensor[];
  readonly outputs: readonly ServedTensor[];
}

/** How tensors are run. */
export interface InferOptions extends TensorRequest {
  /** Version of the model; default: the server's choice. */
  readonly version?: string;
  /** Ends it; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

/** What ends a request. */
export interface VideoRequest {
  /** Ends it; the signal's reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Options of {@link ServerClient.classify}. */
export interface ClassifyRequest extends VideoRequest {
  /** Classes to give, best first; default 5. */
  readonly top?: number;
  /** Clips x crops; default: the preprocessing's. */
  readonly views?: ViewText;
}

/** Options of {@link ServerClient.detect}. */
export interface DetectRequest extends VideoRequest {
  /** Actions a person at most, best first; default 5. */
  readonly top?: number;
  /** Their least score; default 0.1. */
  readonly minScore?: number;
  /** Seconds from key frame to key frame; default 1. */
  readonly every?: number;
  /** `whole-frame` for one person who fills it; default: people are looked for. */
  readonly people?: 'detected' | 'whole-frame';
}

/** Options of {@link ServerClient.features}. */
export interface FeaturesRequest extends VideoRequest {
  /** Frames of a window, from window to window, and a second; default 32, 16 and 30. */
  readonly window?: number;
  readonly stride?: number;
  readonly fps?: number;
}

/** The best classes of a video. */
export interface ServedClassification {
  readonly model: string;
  /** Clips x crops. */
  readonly views: string;
  readonly predictions: readonly Prediction[];
  readonly warnings: readonly string[];
}

/** What the people in a video do. */
export interface ServedDetection {
  /** What found them. */
  readonly detector: { readonly kind: string };
  readonly keyFrames: readonly DetectedFrame[];
  readonly warnings: readonly string[];
}

/** Features of the windows of a video. */
export interface ServedFeatures {
  /** By place: `[windows, C]`. */
  readonly arrays: Readonly<Record<string, HostTensor<'float32'>>>;
  /** Start and end of each window in seconds. */
  readonly times: readonly (readonly [number, number])[];
  readonly warnings: readonly string[];
}

/** A server that is asked over HTTP. Everything rejects with ServerError for an answer that says no. */
export interface ServerClient {
  /** Whether the server, or one of its models, takes requests. */
  isReady(model?: string): Promise<boolean>;
  /** Inputs and outputs of a model. */
  model(name: string): Promise<ServedModel>;
  /** Runs a model on tensors, which go as bytes. */
  infer(name: string, feeds: NamedTensors, options?: InferOptions): Promise<NamedTensors>;
  /** The best classes of a video. */
  classify(video: VideoSource, options?: ClassifyRequest): VideoTask<ServedClassification>;
  /** What the people in a video do. */
  detect(video: VideoSource, options?: DetectRequest): VideoTask<ServedDetection>;
  /** Features of windows that slide over a video. */
  features(video: VideoSource, options?: FeaturesRequest): VideoTask<ServedFeatures>;
}

/**
 * A client of `slowfast serve`; `model` and `infer` also of Triton and any other server that speaks KServe v2. Throws
 * {@link SpecError} for a URL that is none.
 *
 * @example
 * ```ts
 * const server = serverClient({ url: 'http://127.0.0.1:8000' });
 * const task = server.classify('clip.mp4', { views: '3x1' });
 * for await (const step of task) console.log(step);
 * const { predictions } = await task;
 * ```
 */
export function serverClient(options: ServerClientOptions): ServerClient {
  checkArguments('serverClient', { options: [options, 'object'] });
  const { url, key, fetch: send = fetch } = options;
  const base = baseOf(url);
  const headers: Record<string, string> =
    key === undefined ? {} : { authorization: `Bearer ${key}` };
  const at = (...parts: readonly string[]): URL => {
    const place = new URL(base);
    const path = parts.map((part) => encodeURIComponent(part)).join('/');
    place.pathname = `${base.pathname.replace(/\/$/, '')}/${path}`;
    return place;
  };
  const video = <T>(
    path: string,
    source: VideoSource,
    { signal, ...query }: VideoRequest & Readonly<Record<string, unknown>>,
    resultOf: (value: unknown) => T = (value) => value as T,
  ): VideoTask<T> => {
    const place = at(path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) place.searchParams.set(name, String(value));
    }
    return videoTask(send, place, source, { headers, ...(signal ? { signal } : {}) }, resultOf);
  };
  return {
    async isReady(model) {
      const place =
        model === undefined ? at('v2', 'health', 'ready') : at('v2', 'models', model, 'ready');
      const { ok, body } = await send(place, { headers });
      await body?.cancel();
      return ok;
    },
    async model(name) {
      const response = await answered(send, at('v2', 'models', name), { headers });
      return (await response.json()) as ServedModel;
    },
    async infer(name, feeds, { version, signal, ...request } = {}) {
      const { body, jsonLength } = requestBody(feeds, request);
      const place = at(
        ...['v2', 'models', name],
        ...(version === undefined ? [] : ['versions', version]),
        'infer',
      );
      const response = await answered(send, place, {
        method: 'POST',
        body,
        headers: {
          ...headers,
          'content-type': 'application/octet-stream',
          [JSON_LENGTH]: String(jsonLength),
        },
        ...(signal ? { signal } : {}),
      });
      const length = response.headers.get(JSON_LENGTH);
      return tensorsIn(
        place.href,
        await response.arrayBuffer(),
        length === null ? undefined : Number(length),
      );
    },
    classify: (source, options = {}) => video('classify', source, { ...options }),
    detect: (source, options = {}) => video('detect', source, { ...options }),
    features: (source, options = {}) =>
      video('features', source, { ...options, encoding: 'base64' }, featuresOf),
  };
}

function baseOf(url: string | URL): URL {
  if (URL.canParse(String(url))) return new URL(url);
  throw new SpecError({
    site: 'serverClient, url',
    expected: 'an address such as http://127.0.0.1:8000',
    received: String(url),
  });
}

interface EncodedFeatures extends Omit<ServedFeatures, 'arrays'> {
  readonly features: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: string }>
  >;
}

function featuresOf(value: unknown): ServedFeatures {
  const { features, ...rest } = value as EncodedFeatures;
  const arrays = Object.entries(features).map(([name, { shape, data }]) => {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    return [name, float32Tensor(shape, new Float32Array(bytes.buffer))] as const;
  });
  return { ...rest, arrays: Object.fromEntries(arrays) };
}
