/** @file Two providers side by side: WebGPU is taken only where it is faster and its outputs are those of WebAssembly. */
import { firstLine, float32Tensor, type HostTensor } from '@slowfast/core';
import type { OnnxCompiledModel } from '../session/compiled-model.js';
import type { ProviderChoice } from './stored-choices.js';

/** How far an output of WebGPU may be from WebAssembly's; of outputs beyond 1, as a share of the largest. */
const TOLERANCE = 1e-3;
/** Milliseconds that WebGPU may take for its first run, in which it compiles its programs, beside three runs of WebAssembly. */
const PATIENCE = 10_000;
/** A run of WebAssembly that takes so many milliseconds is not repeated. */
const LONG = 2000;

/** Opens a model on one provider; without any, on this machine's processor. */
export type Open<M> = (providers?: readonly ProviderChoice['provider'][]) => Promise<M>;

/** A model on the provider that was chosen. */
export interface Measurement<M> {
  readonly model: M;
  readonly choice: ProviderChoice;
  /** Whether it would come out the same the next time. */
  readonly isLasting: boolean;
}

/** The model on the provider that is faster with a made-up clip; the other one is closed. */
export async function measureProviders<M extends OnnxCompiledModel>(
  open: Open<M>,
): Promise<Measurement<M>> {
  const wasm = await open(['wasm']);
  const stay = (reason: string, isLasting = true): Measurement<M> => {
    return { model: wasm, choice: { provider: 'wasm', reason: `wasm: ${reason}` }, isLasting };
  };
  const feeds = probeFeeds(wasm);
  if (!feeds) return stay('this model takes more than clips of one size, which are not measured');
  const expected = await wasm.run(feeds);
  const slow = await runTime(wasm, feeds);
  let webgpu: M;
  try {
    webgpu = await open(['webgpu']);
  } catch (error) {
    return stay(`WebGPU did not open: ${firstLine(error)}`, false);
  }
  const close = (): void => void webgpu[Symbol.asyncDispose]().then(undefined, () => undefined);
  try {
    const outputs = await within(webgpu.run(feeds), PATIENCE + 3 * slow);
    if (!outputs) return stay(`${rounded(slow)} ms a run, WebGPU took over ${PATIENCE / 1000} s`);
    const difference = farthest(outputs, expected);
    if (!(difference <= TOLERANCE)) {
      close();
      return stay(`outputs of WebGPU differ by ${difference.toPrecision(2)}`);
    }
    const fast = await runTime(webgpu, feeds);
    if (fast >= slow) {
      close();
      return stay(`${rounded(slow)} ms a run, ${rounded(fast)} on WebGPU`);
    }
    const reason = `webgpu: ${rounded(fast)} ms a run, ${rounded(slow)} on wasm`;
    await wasm[Symbol.asyncDispose]();
    return { model: webgpu, choice: { provider: 'webgpu', reason }, isLasting: true };
  } catch (error) {
    close();
    return stay(`WebGPU did not run: ${firstLine(error)}`, false);
  }
}

const rounded = (milliseconds: number): number =>
  milliseconds < 10 ? Math.round(milliseconds * 10) / 10 : Math.round(milliseconds);

/** A clip of noise for each input; undefined for a model that has others, or whose sizes a run chooses. */
function probeFeeds({ inputs }: OnnxCompiledModel): Record<string, HostTensor> | undefined {
  const feeds: Record<string, HostTensor> = {};
  for (const [name, [, ...sizes]] of Object.entries(inputs)) {
    if (sizes.length !== 4 || sizes.some((size) => typeof size !== 'number')) return undefined;
    const shape = [1, ...(sizes as number[])];
    const data = new Float32Array(shape.reduce((a, b) => a * b));
    // Of the range of normalised pixels.
    for (let i = 0; i < data.length; i++) data[i] = 2 * Math.sin(i * (i % 251));
    feeds[name] = float32Tensor(shape, data);
  }
  return feeds;
}

/** Milliseconds of a run that is not the first; the shorter one of two, where they are short. */
async function runTime(
  model: OnnxCompiledModel,
  feeds: Readonly<Record<string, HostTensor>>,
): Promise<number> {
  const once = async (): Promise<number> => {
    const began = performance.now();
    await model.run(feeds);
    return performance.now() - began;
  };
  const first = await once();
  return first > LONG ? first : Math.min(first, await once());
}

/** What comes within so many milliseconds. */
async function within<T>(promise: Promise<T>, limit: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    // Nobody waits for a late one.
    promise.catch(() => undefined);
  }
}

type Outputs = Readonly<Record<string, HostTensor>>;

/** The largest difference of any output, as a share of that output's largest value where it is beyond 1. */
function farthest(outputs: Outputs, expected: Outputs): number {
  let worst = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    const own = outputs[name]!.data;
    let [difference, largest] = [0, 1];
    for (let i = 0; i < data.length; i++) {
      const [a, b] = [Number(own[i]), Number(data[i])];
      // Not a number stays.
      difference = Math.max(difference, Math.abs(a - b));
      largest = Math.max(largest, Math.abs(b));
    }
    worst = Math.max(worst, difference / largest);
  }
  return worst;
}
