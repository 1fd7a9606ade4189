/// <reference lib="dom" />
/** @file Exported files in a page that has TF.js and no code of ours. */
import { channelsFirst, channelsLast } from '@slowfast/runtime-tfjs';
import type { Page } from 'playwright-core';
import { plainTensors, smallClips, type PageRun, type PlainTensor } from './page.js';

/** What the page has on its global object. */
declare const tf: PlainTf;

/** The part of TF.js that the plain page uses. */
interface PlainTf {
  setBackend(name: string): Promise<boolean>;
  readonly wasm: { setWasmPaths(path: string): void };
  loadGraphModel(url: string): Promise<{ predict(feeds: object): Record<string, TfTensor> }>;
  loadLayersModel(url: string): Promise<{
    readonly outputNames: readonly string[];
    predict(feeds: readonly TfTensor[]): readonly TfTensor[];
  }>;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
}
interface TfTensor {
  readonly shape: readonly number[];
  data(): Promise<Float32Array>;
}

/** The outputs of the exported network in a page of TF.js alone, as its graph has them. */
export async function plainOutputs(
  page: Page,
  kind: 'graph' | 'layers',
  backend: string,
): Promise<PageRun['outputs']> {
  const { slow, fast } = smallClips();
  const shapes = { slow: channelsLast(slow).shape, fast: channelsLast(fast).shape };
  return inGraphOrder(await page.evaluate(runPlain, { kind, backend, shapes }));
}

/** Runs in the page, so all it uses is in it: loads a model and its clips, gives its outputs. */
async function runPlain(options: {
  readonly kind: 'graph' | 'layers';
  readonly backend: string;
  readonly shapes: Readonly<Record<'slow' | 'fast', readonly number[]>>;
}): Promise<PageRun['outputs']> {
  const { kind, backend, shapes } = options;
  tf.wasm.setWasmPaths('/');
  if (!(await tf.setBackend(backend))) throw new Error(`TF.js did not start ${backend}`);
  const clip = async (input: 'slow' | 'fast'): Promise<TfTensor> => {
    const response = await fetch(`/${input}.bin`);
    return tf.tensor(new Float32Array(await response.arrayBuffer()), shapes[input]);
  };
  const feeds = { slow: await clip('slow'), fast: await clip('fast') };
  const results: [string, TfTensor][] = [];
  if (kind === 'graph') {
    const model = await tf.loadGraphModel('/graph/model.json');
    results.push(...Object.entries(model.predict(feeds)));
  } else {
    const model = await tf.loadLayersModel('/layers/model.json');
    const tensors = model.predict([feeds.slow, feeds.fast]);
    results.push(
      ...tensors.map((tensor, i) => [model.outputNames[i]!, tensor] as [string, TfTensor]),
    );
  }
  const plain: [string, PlainTensor][] = [];
  for (const [name, tensor] of results) {
    plain.push([name, { shape: tensor.shape, data: Array.from(await tensor.data()) }]);
  }
  return Object.fromEntries(plain);
}

/** Outputs of exported files, which have channels last, as the graph has them. */
function inGraphOrder(outputs: PageRun['outputs']): PageRun['outputs'] {
  const tensors = Object.entries(outputs).map(([name, { shape, data }]) => {
    const tensor = { dtype: 'float32', shape, data: Float32Array.from(data) } as const;
    return [name, channelsFirst(tensor)] as const;
  });
  return plainTensors(Object.fromEntries(tensors));
}
