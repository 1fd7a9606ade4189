/** @file What the classifier reads, as a feature of a composed model. */
import { composeModel, type Pathway } from '@slowfast/core';
import { formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import { classificationHead, type ClassificationHeadOptions } from './classification.js';

type P = 'slow' | 'fast';
const CLASSES = 5;

const pathway = (channels: number, frames: number): Pathway<'only'> => ({
  backbone: { stages: [{ name: 'only', build: (g, x) => g.relu(x) }] },
  channels,
  frames,
  temporalStride: 12 / frames,
});

const model = (options: Partial<ClassificationHeadOptions<P>> = {}) =>
  composeModel({
    name: 'test',
    size: [3, 4],
    pathways: { slow: pathway(4, 2), fast: pathway(2, 6) },
    head: classificationHead<P>({ pathways: ['slow', 'fast'], classes: CLASSES, ...options }),
  });

const feeds = { slow: formulaClip([2, 4, 2, 3, 4], 'slow'), fast: formulaClip([2, 2, 6, 3, 4]) };
const store = formulaStore([
  ['head.projection.weight', [CLASSES, 6]],
  ['head.projection.bias', [CLASSES]],
]);

describe("the feature 'head'", () => {
  it.each([0.5, 0])('is what the linear layer makes logits of (dropout %d)', async (dropout) => {
    const whole = model({ activation: 'none', dropout });
    const part = whole.features(['head']);
    expect([...part.graph.params.keys()]).toEqual([]);
    expect([...part.parameterNames]).toEqual(['head.projection.weight', 'head.projection.bias']);
    const { head } = await interpret(part.graph, store, feeds);
    const { scores } = await interpret(whole.graph, store, feeds);
    expect(head.shape).toEqual([2, 6, 1, 1, 1]);
    const weight = (await store.read('head.projection.weight')).data as Float32Array;
    const bias = (await store.read('head.projection.bias')).data as Float32Array;
    for (let n = 0; n < 2; n++) {
      for (let k = 0; k < CLASSES; k++) {
        let logit = bias[k]!;
        for (let c = 0; c < 6; c++) {
          logit += Number(head.data[n * 6 + c]) * weight[k * 6 + c]!;
        }
        expect(Number(scores.data[n * CLASSES + k])).toBeCloseTo(logit, 5);
      }
    }
  });

  it('keeps the positions of windows smaller than the input', () => {
    const { graph } = model({ pool: { window: [2, 3] } }).features(['head', 'slow.only']);
    expect(graph.outputs.head.type.shape).toEqual(['N', 6, 1, 2, 2]);
    expect(Object.keys(graph.outputs)).toEqual(['head', 'slow.only']);
  });

  it('is refused where the head does not say what it is', () => {
    const other = composeModel({
      name: 'other',
      size: 8,
      pathways: { slow: pathway(4, 2) },
      head: { pathways: ['slow'], build: (g, { slow }) => ({ scores: g.mean(slow, [2, 3, 4]) }) },
    });
    expect(() => other.features(['head'])).toThrow(
      "other: expected a feature (slow.only), received 'head'. The nearest is 'slow.only'.",
    );
  });
});
