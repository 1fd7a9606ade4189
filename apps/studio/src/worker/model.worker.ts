/** @file The worker that runs a model: over a file by windows, and on the camera. */
import { loadModel } from '@slowfast/checkpoints';
import {
  blobSource,
  prune,
  type ByteSource,
  type HostTensor,
  type Preprocessing,
  type RunnableModel,
} from '@slowfast/core';
import { activate, batchFeeds } from '@slowfast/evaluation';
import {
  loadOnnx,
  onnxRuntime,
  type OnnxCompiledModel,
  type OnnxProvider,
} from '@slowfast/runtime-onnx';
import {
  LiveClips,
  liveFrames,
  openVideo,
  slidingWindows,
  views,
  type SlidingWindow,
  type WebFrame,
} from '@slowfast/video';
import { offer } from './calls.js';
import { ClassMaps, type MapPicture, type MapQuestion } from './class-maps.js';
import { stripsOf, type Strip } from './strips.js';

/** Where a model comes from: the package's own, a checkpoint or ONNX file, or a file of the machine by its address. */
export type ModelSource =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: File }
  | { readonly kind: 'machine'; readonly name: string; readonly url: string };

/** What is known of a model that runs. */
export interface ModelInfo {
  readonly name: string;
  readonly labels: readonly string[];
  readonly device: string;
  readonly provider: OnnxProvider;
  /** Seconds of a clip. */
  readonly clip: number;
  /** Whether it gives what its classifier reads. */
  readonly hasFeatures: boolean;
  /** Whether it can say where it sees a class. */
  readonly hasMaps: boolean;
  readonly milliseconds: { readonly load: number };
  readonly notes: readonly string[];
}

/** What was seen of one window. */
export interface WindowScores {
  readonly start: number;
  readonly end: number;
  readonly scores: Float32Array;
  readonly features: Float32Array | undefined;
  readonly strips: readonly Strip[];
  /** Of the run alone. */
  readonly milliseconds: number;
}

interface Loaded {
  readonly model: OnnxCompiledModel;
  readonly preprocessing: Preprocessing;
  /** None of an ONNX file, which has no stages. */
  readonly maps: ClassMaps | undefined;
  /** The video that was gone over last, or the newest clip of the camera. */
  seen?:
    | { readonly file: File; readonly windows: readonly SlidingWindow[] }
    | { readonly clip: HostTensor<'float32'> };
}

/** More windows than this are set further apart: their pictures are kept while they are shown. */
const MOST_WINDOWS = 400;

let loaded: Loaded | undefined;

const offers = {
  async load(source: ModelSource): Promise<ModelInfo> {
    const began = performance.now();
    await loaded?.maps?.[Symbol.asyncDispose]();
    await loaded?.model[Symbol.asyncDispose]();
    loaded = undefined;
    const { name, notes, weights, model } = await opened(source);
    const { preprocessing, labels = [] } = model.metadata;
    if (!preprocessing) {
      await model[Symbol.asyncDispose]();
      throw new Error(
        `${name}: expected a model with its preprocessing, received one without. Export it by slowfast export.`,
      );
    }
    const { device, provider } = model;
    const maps = weights && new ClassMaps(weights, provider);
    loaded = { model, preprocessing, maps };
    const { clip } = preprocessing;
    return {
      name,
      labels,
      device,
      provider,
      clip: ((clip.frames - 1) * clip.stride + 1) / clip.fps,
      hasFeatures: 'head' in model.outputs,
      hasMaps: maps !== undefined,
      milliseconds: { load: Math.round(performance.now() - began) },
      notes,
    };
  },

  /** Goes over a file; tells of each window. */
  async windows(
    { file, every }: { readonly file: File; readonly every: number },
    tell: (event: WindowScores | { readonly windows: number }) => void,
    signal: AbortSignal,
  ): Promise<{
    readonly warnings: readonly string[];
    readonly duration: number;
    readonly labels: readonly string[];
  }> {
    const own = ready();
    const { clip } = own.preprocessing;
    await using video = await openVideo(file, { signal });
    const { duration } = video.timeline;
    const distance = Math.max(every, duration / MOST_WINDOWS);
    const samples = slidingWindows(video.timeline, {
      window: (clip.frames - 1) * clip.stride + 1,
      stride: Math.max(1, Math.round(distance * clip.fps)),
      fps: clip.fps,
      frames: clip.frames,
    });
    own.seen = { file, windows: samples };
    tell({ windows: samples.length });
    let index = 0;
    for await (const { tensor } of views(video, own.preprocessing, { samples, crops: 1, signal })) {
      const { start, end } = samples[index++]!;
      tell({ start, end, ...(await scored(own, tensor)) });
    }
    return { warnings: video.warnings, duration, labels: own.model.metadata.labels ?? [] };
  },

  /**
   * Where a class is seen: in a window of the video that was gone over last, its frame at a time under each pathway's maps;
   * of the camera the last frame of its newest clip.
   */
  async maps(
    {
      window,
      class: index,
      time,
    }: Omit<MapQuestion, 'file' | 'window'> & { readonly window: number },
    _tell: (event: never) => void,
    signal: AbortSignal,
  ): Promise<readonly MapPicture[]> {
    const { maps, seen, preprocessing } = ready();
    if (!maps || !seen) throw new Error('maps: expected a video and a model with stages.');
    return inTurn(() => {
      if ('clip' in seen) {
        return maps.clipPictures({ clip: seen.clip, class: index }, preprocessing, signal);
      }
      const { file, windows } = seen;
      return maps.pictures({ file, window: windows[window]!, class: index, time }, signal);
    });
  },

  /** Watches frames as they come, until they end or it is stopped. */
  async live(
    { frames, every }: { readonly frames: ReadableStream<WebFrame>; readonly every: number },
    tell: (event: WindowScores & { readonly drops: number }) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const own = ready();
    const clips = new LiveClips({ preprocessing: own.preprocessing, every });
    const feeding = (async () => {
      for await (const frame of liveFrames(frames, { signal })) clips.push(frame);
      clips.end();
    })().catch((error: unknown) => (signal.aborted ? clips.end() : clips.end(error)));
    for await (const { time, tensor, drops } of clips) {
      if (signal.aborted) break;
      own.seen = { clip: tensor };
      tell({ start: time, end: time, drops, ...(await scored(own, tensor)) });
    }
    await feeding;
  },
};

/** What this worker does. */
export type ModelOffers = typeof offers;

offer(offers);

let turn: Promise<unknown> = Promise.resolve();

/** One run at a time: a GPU refuses a second one meanwhile, and a processor gains nothing by it. */
function inTurn<T>(run: () => Promise<T>): Promise<T> {
  const result = turn.then(run);
  turn = result.catch(() => undefined);
  return result;
}

function ready(): Loaded {
  if (!loaded) throw new Error('model: expected one that was loaded, received none.');
  return loaded;
}

async function scored(
  { model, preprocessing }: Loaded,
  tensor: HostTensor<'float32'>,
): Promise<Omit<WindowScores, 'start' | 'end'>> {
  const strips = stripsOf(tensor, preprocessing);
  const feeds = batchFeeds(Object.keys(model.inputs), preprocessing, [tensor]);
  const { outputs, milliseconds } = await inTurn(async () => {
    const began = performance.now();
    const outputs = await model.run(feeds);
    return { outputs, milliseconds: performance.now() - began };
  });
  const { head, ...rest } = outputs as Record<string, HostTensor<'float32'>>;
  const first = Object.values(rest)[0]!;
  const scores = activate(first.data, preprocessing.activation);
  return { scores, features: head && pooled(head), strips, milliseconds };
}

/** The mean over time and space of `[1, C, T, H, W]`. */
function pooled({ data, shape }: HostTensor<'float32'>): Float32Array {
  const channels = shape[1]!;
  const size = data.length / channels;
  return Float32Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += data[c * size + i]!;
    return sum / size;
  });
}

interface OpenModel {
  readonly name: string;
  /** What the model is made of, unless it is an ONNX file. */
  readonly weights?: { readonly weights?: ByteSource };
  readonly notes: readonly string[];
  readonly model: OnnxCompiledModel;
}

/** On WebGPU or on WebAssembly, whichever was faster when the model was first used here. */
const RUN = { backend: 'web', providers: 'fastest' } as const;

async function opened(source: ModelSource): Promise<OpenModel> {
  if (source.kind === 'default') return trained({}, 'slowfast-ut-interaction');
  const file =
    source.kind === 'file' ? source.file : new File([await fetched(source.url)], source.name);
  if (!file.name.toLowerCase().endsWith('.onnx')) {
    return trained({ weights: blobSource(file, file.name) }, file.name);
  }
  const model = await loadOnnx(new Uint8Array(await file.arrayBuffer()), RUN);
  return { name: file.name, notes: [], model };
}

async function trained(
  options: { readonly weights?: ByteSource },
  name: string,
): Promise<OpenModel> {
  const { entry, weights, metadata, notes } = await loadModel(options);
  const network = withFeatures(entry.model);
  return {
    name,
    notes,
    weights: options,
    model: await onnxRuntime(RUN).compile(network, weights, { metadata }),
  };
}

/** The network with what its classifier reads as a second output, where it says which value that is. */
function withFeatures({
  name,
  graph,
  headFeatures,
  parameterNames,
}: Awaited<ReturnType<typeof loadModel>>['entry']['model']): RunnableModel {
  if (!headFeatures) return { name, graph, parameterNames };
  const outputs = { ...graph.outputs, head: headFeatures };
  return { name, graph: prune<string, string>({ ...graph, outputs }), parameterNames };
}

async function fetched(url: string): Promise<Blob> {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`${url}: expected a model, received status ${response.status}.`);
  return response.blob();
}
