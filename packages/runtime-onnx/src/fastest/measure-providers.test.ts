/** @file The choice between two providers, by models whose outputs and times are known. */
import { float32Tensor } from '@slowfast/core';
import type { OnnxCompiledModel } from '../session/compiled-model.js';
import { measureProviders } from './measure-providers.js';

interface Behaviour {
  readonly milliseconds: number;
  readonly scores?: readonly number[];
  readonly error?: string;
}

const RIGHT = [0.25, 0.75];

/** A model that waits for as long as it is told, and whether it was closed. */
function modelOf(
  { milliseconds, scores = RIGHT, error }: Behaviour,
  inputs = { slow: ['N', 3, 2, 4, 4] },
) {
  const state = { isClosed: false };
  const model = {
    inputs,
    async run() {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      if (error) throw new Error(error);
      return { scores: float32Tensor([1, 2], Float32Array.from(scores)) };
    },
    async [Symbol.asyncDispose]() {
      state.isClosed = true;
    },
  };
  return { state, model: model as unknown as OnnxCompiledModel };
}

async function choiceOf(wasm: Behaviour, webgpu: Behaviour | Error, inputs?: never) {
  const models = { wasm: modelOf(wasm, inputs), webgpu: modelOf(webgpu as Behaviour, inputs) };
  const answer = await measureProviders<OnnxCompiledModel>(async (providers) => {
    const [name] = providers!;
    if (name === 'webgpu' && webgpu instanceof Error) throw webgpu;
    return models[name!].model;
  });
  const { provider, reason } = answer.choice;
  expect(answer.model).toBe(models[provider].model);
  expect(models[provider].state.isClosed).toBe(false);
  return { provider, reason, isLasting: answer.isLasting, models };
}

test('the faster one of equal outputs, and the other is closed', async () => {
  const fast = await choiceOf({ milliseconds: 100 }, { milliseconds: 5 });
  expect(fast).toMatchObject({ provider: 'webgpu', isLasting: true });
  expect(fast.reason).toMatch(/^webgpu: [\d.]+ ms a run, [\d.]+ on wasm$/);
  expect(fast.models.wasm.state.isClosed).toBe(true);
  const slow = await choiceOf({ milliseconds: 5 }, { milliseconds: 100 });
  expect(slow).toMatchObject({ provider: 'wasm', isLasting: true });
  expect(slow.reason).toMatch(/^wasm: [\d.]+ ms a run, [\d.]+ on WebGPU$/);
  expect(slow.models.webgpu.state.isClosed).toBe(true);
});

test.each<[string, readonly number[], string]>([
  ['0.002 off', [0.252, 0.748], 'wasm: outputs of WebGPU differ by 0.0020'],
  ['no numbers', [NaN, 0.75], 'wasm: outputs of WebGPU differ by NaN'],
])('never WebGPU where its scores are %s, however fast', async (_, scores, reason) => {
  const answer = await choiceOf({ milliseconds: 60 }, { milliseconds: 1, scores });
  expect(answer).toMatchObject({ provider: 'wasm', reason, isLasting: true });
  expect(answer.models.webgpu.state.isClosed).toBe(true);
});

test('a difference within 1e-3 of the largest value is none', async () => {
  const scores = [100.05, 1];
  const answer = await choiceOf(
    { milliseconds: 60, scores: [100, 1] },
    { milliseconds: 1, scores },
  );
  expect(answer.provider).toBe('webgpu');
});

test('what fails now may work the next time', async () => {
  expect(await choiceOf({ milliseconds: 1 }, new Error('no adapter'))).toMatchObject({
    provider: 'wasm',
    reason: 'wasm: WebGPU did not open: no adapter',
    isLasting: false,
  });
  expect(await choiceOf({ milliseconds: 1 }, { milliseconds: 1, error: 'lost' })).toMatchObject({
    provider: 'wasm',
    reason: 'wasm: WebGPU did not run: lost',
    isLasting: false,
  });
});

test('inputs other than clips are not measured', async () => {
  const inputs = { slow: ['N', 3, 2, 4, 4], boxes: ['R', 5] } as never;
  expect((await choiceOf({ milliseconds: 1 }, { milliseconds: 1 }, inputs)).reason).toContain(
    'more than clips of one size',
  );
});
