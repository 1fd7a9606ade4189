/**
 * @file What the browser test runs inside a page: the packages as they are, bundled for the browser. The
 * test calls the functions of {@link PageApi} from outside and compares what they give with Node.
 */
import { bytesSource, readSafetensors, type HostTensor, type RunnableModel } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { catalogModel } from '@slowfast/models';
import { loadOnnx } from '@slowfast/runtime-onnx';
import { tfjsRuntime, type TfjsBackendName } from '@slowfast/runtime-tfjs';

/** An output as it leaves the page. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Where a model ran, and its outputs. */
export interface PageRun {
  readonly device: string;
  readonly outputs: Readonly<Record<string, PlainTensor>>;
}

/** What the browser lets the page use. */
export interface PageOffers {
  /** Whether threads may share memory. */
  readonly sharedMemory: boolean;
  readonly webgl: boolean;
  /** What the GPU is called, where WebGPU has one. */
  readonly webgpu: string | undefined;
}

/** The functions that the page puts on its global object, as `slowfast`. */
export interface PageApi {
  /** Tells what the browser has. */
  offers(): Promise<PageOffers>;
  /** Runs an exported ONNX file with onnxruntime-web. */
  onnx(): Promise<PageRun>;
  /** Composes the model, reads its exported weights, runs it with TensorFlow.js. */
  tfjs(backend: TfjsBackendName): Promise<PageRun>;
}

/** A SlowFast network of 2 and 8 frames of 32 × 32 pixels, with 5 classes; also gives Slow's last stage. */
export function smallModel(): RunnableModel<'slow' | 'fast', 'scores' | 'res5'> {
  const { model } = catalogModel('slowfast-4x16-r50', {
    frames: 8,
    alpha: 4,
    beta: 1 / 4,
    size: 32,
    width: 4,
    classes: 5,
  });
  const { inputs, outputs } = model.graph;
  const [slow, fast] = [inputs['slow']!, inputs['fast']!];
  const [scores, res5] = [outputs['scores']!, model.taps.get('slow.res5')!];
  const graph = { ...model.graph, inputs: { slow, fast }, outputs: { scores, res5 } };
  return { name: 'small', graph };
}

/** Two clips for each pathway, by formula. */
export function smallClips(): Readonly<Record<'slow' | 'fast', HostTensor<'float32'>>> {
  return {
    slow: formulaClip([2, 3, 2, 32, 32], 'slow'),
    fast: formulaClip([2, 3, 8, 32, 32], 'fast'),
  };
}

/** Tensors as plain values. */
export function plainTensors(
  outputs: Readonly<Record<string, HostTensor>>,
): Readonly<Record<string, PlainTensor>> {
  const plain = Object.entries(outputs).map(([name, { shape, data }]) => {
    return [name, { shape: [...shape], data: Array.from(data, Number) }] as const;
  });
  return Object.fromEntries(plain);
}

/** The part of the browser's global object that is used here; only Node's is declared. */
interface BrowserGlobals {
  readonly crossOriginIsolated: boolean;
  readonly OffscreenCanvas: new (
    width: number,
    height: number,
  ) => { getContext(kind: 'webgl2'): object | null };
  readonly navigator: {
    readonly gpu?: {
      requestAdapter(): Promise<{ readonly info: { readonly architecture: string } } | null>;
    };
  };
}

const api: PageApi = {
  offers: async () => {
    const { crossOriginIsolated, OffscreenCanvas, navigator } =
      globalThis as unknown as BrowserGlobals;
    const adapter = await navigator.gpu?.requestAdapter();
    return {
      sharedMemory: crossOriginIsolated,
      webgl: new OffscreenCanvas(1, 1).getContext('webgl2') !== null,
      webgpu: adapter?.info.architecture,
    };
  },
  onnx: async () => {
    await using model = await loadOnnx('/small.onnx');
    return { device: model.device, outputs: plainTensors(await model.run(smallClips())) };
  },
  tfjs: async (backend) => {
    const response = await fetch('/small.safetensors');
    const weights = await readSafetensors(
      bytesSource(new Uint8Array(await response.arrayBuffer())),
    );
    const runtime = tfjsRuntime({ backend, wasmPaths: '/' });
    await using model = await runtime.compile(smallModel(), weights);
    return { device: model.device, outputs: plainTensors(await model.run(smallClips())) };
  },
};

Object.assign(globalThis, { slowfast: api });
